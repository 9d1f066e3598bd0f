-- A row of each table of the ledger for every tenant, as if it had been sealed and signed.

insert into audit.incarnations (number, identity, reason) values (1, 'here', 'the first');
insert into audit.leaves (tenant_id, idx, event_id, hash, commitments)
select distinct on (tenant_id) tenant_id, 0, id, sha256(uuid_send(id)), ''
from audit.events order by tenant_id, id;
insert into audit.subtrees (tenant_id, level, idx, hash)
select tenant_id, 1, 0, hash from audit.leaves;
insert into audit.trees (tenant_id, size, root, peaks)
select tenant_id, 1, hash, hash from audit.leaves;
insert into audit.epochs (epoch, incarnation, tenants, heads_root, root, peaks, note, sealed_at)
values (0, 1, 4, sha256('heads'), sha256('epoch'), sha256('epoch'), 'a note', now());
insert into audit.checkpoints (tenant_id, size, epoch, root, note)
select tenant_id, 1, 0, hash, 'a note of ' || tenant_id from audit.leaves;
insert into audit.anchorings (anchor, epoch) values ('directory here', 0);
insert into audit.cosignatures (anchor, epoch, note) values ('witness there', 0, 'a note');
insert into keystore.salts (tenant_id, person)
select tenant_id, pseudonym from keystore.pseudonyms on conflict do nothing;
