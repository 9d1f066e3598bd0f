-- Ledger: what proves that the history is still what it was. One RFC 6962 tree a tenant, its
-- leaves the events in the order in which they were committed, and one over all tenants' heads.

-- How far the sealer has come.
create index events_xid_seq on audit.events (xid, seq);

create table audit.progress (
    singleton boolean primary key default true,
    incarnation integer,
    xid xid8 not null default '0',
    seq bigint not null default 0,
    constraint progress_singleton_only check (singleton)
);

comment on table audit.progress is
    'Up to which event all are sealed. Its row is also the sealers'' lock: an advisory one could '
    'be taken by whoever may run SQL.';

insert into audit.progress default values;

create table audit.incarnations (
    number integer primary key,
    identity text not null,
    reason text not null,
    declared_at timestamptz not null default now(),
    constraint incarnations_reason_length check (char_length(reason) between 1 and 500)
);

comment on table audit.incarnations is
    'Each life of this database: after a restore or a fail-over a new one is declared.';
comment on column audit.incarnations.identity is
    'Of the server: system identifier, timeline, and the database''s oid.';

create table audit.leaves (
    tenant_id uuid not null,
    idx bigint not null,
    event_id uuid not null,
    hash bytea not null,
    commitments bytea not null,
    primary key (tenant_id, idx),
    constraint leaves_event_id_unique unique (tenant_id, event_id),
    constraint leaves_idx_range check (idx >= 0),
    constraint leaves_hash_length check (octet_length(hash) = 32),
    constraint leaves_commitments_length check (octet_length(commitments) % 48 = 0)
);

comment on table audit.leaves is 'The events of a tenant in the order in which they are sealed.';
comment on column audit.leaves.hash is 'Of the leaf: SHA-256 of 0, the event and the commitments.';
comment on column audit.leaves.commitments is
    'To what the event says of persons: 16 octets of pseudonym and 32 of commitment for each.';

create table audit.subtrees (
    tenant_id uuid not null,
    level smallint not null,
    idx bigint not null,
    hash bytea not null,
    primary key (tenant_id, level, idx),
    constraint subtrees_hash_length check (octet_length(hash) = 32)
);

comment on table audit.subtrees is
    'Hashes of complete subtrees of 256 to the power of level leaves: proofs read few rows.';
comment on column audit.subtrees.level is '1 for 256 leaves, 2 for 65,536, and so on.';
comment on column audit.subtrees.hash is 'RFC 6962 hash of the subtree.';

create table audit.trees (
    tenant_id uuid primary key,
    size bigint not null,
    root bytea not null,
    peaks bytea not null,
    head_size bigint not null default 0,
    head_root bytea,
    sealed_at timestamptz not null default now(),
    constraint trees_size_range check (size >= head_size and head_size >= 0)
);

comment on table audit.trees is 'How far each tenant''s tree has grown.';
comment on column audit.trees.root is 'RFC 6962 hash of all its leaves.';
comment on column audit.trees.peaks is 'Hashes of its largest complete subtrees, left to right.';
comment on column audit.trees.head_size is 'Its size in the last epoch.';
comment on column audit.trees.head_root is 'Its root then.';

alter table audit.progress enable row level security;
alter table audit.progress force row level security;
alter table audit.incarnations enable row level security;
alter table audit.incarnations force row level security;
alter table audit.leaves enable row level security;
alter table audit.leaves force row level security;
alter table audit.subtrees enable row level security;
alter table audit.subtrees force row level security;
alter table audit.trees enable row level security;
alter table audit.trees force row level security;
