//! What a superuser does to a sealed history, and where it is to be found.

/// A superuser, who takes every lock off first.
pub(super) const UNLOCKED: &str = "
    set session_replication_role = replica;
    do $$
    declare
        locked record;
    begin
        for locked in
            select distinct t.tgrelid::regclass as name from pg_trigger t
            join pg_class c on c.oid = t.tgrelid
            where c.relnamespace::regnamespace::text in ('audit', 'keystore')
                and not t.tgisinternal
        loop
            execute format('alter table %s disable trigger user', locked.name);
        end loop;
    end $$;";

/// Where a tampering is to be found, and what is to be said of it.
pub(super) struct Act {
    pub(super) what: &'static str,
    pub(super) sql: &'static str,
    pub(super) found: &'static str,
}

/// What SQL alone can not see: it knows no signatures, no anchors and no epochs.
pub(super) const UNSEEN: [&str; 4] = [
    "a whole tenant's history is removed",
    "what was signed of a tree is forgotten",
    "a checkpoint is forged",
    "an epoch is changed",
];

/// In each, `$event` is the event of leaf 5 of acme, `$acme` and `$globex` are the tenants.
pub(super) const ACTS: &[Act] = &[
    Act {
        what: "an event is changed",
        sql: "update audit.events set outcome = 'denied' where id = '$event'",
        found: "acme: leaf 5: event $event is not what was sealed",
    },
    Act {
        what: "an event is deleted",
        sql: "delete from audit.events where id = '$event'",
        found: "acme: leaf 5: event $event is gone",
    },
    Act {
        what: "all events are deleted at once",
        sql: "truncate audit.events",
        found: "acme: leaf 0: event",
    },
    Act {
        what: "a partition is detached",
        sql: "do $$ begin execute (select format('alter table audit.events detach partition %s',
            tableoid::regclass) from audit.events limit 1); end $$",
        found: "acme: leaf 0: event",
    },
    Act {
        what: "what an event says of a person is changed",
        sql: "update audit.event_pii set content = content || ' ' where event_id = '$event'",
        found: "acme: leaf 5: event $event: details of",
    },
    Act {
        what: "what an event says of a person is removed, who is not erased",
        sql: "delete from audit.event_pii where event_id = '$event'",
        found: "acme: leaf 5: event $event: details of",
    },
    Act {
        what: "what an event says of a person is removed with their salt, and no event tells of it",
        sql: "delete from keystore.salts where person in (
                select person from audit.event_pii where event_id = '$event');
            delete from audit.event_pii where person not in (select person from keystore.salts)",
        // Whose it was is in earlier events too.
        found: ": details of",
    },
    Act {
        what: "something is added to what an event says of persons",
        sql: "insert into audit.event_pii select tenant_id, '$event', gen_random_uuid(), '{}'
            from audit.events where id = '$event'",
        found: "acme: leaf 5: event $event: details were added",
    },
    Act {
        what: "an event is moved to another tenant",
        sql: "update audit.events set tenant_id = '$globex' where id = '$event'",
        found: "acme: leaf 5: event $event is gone",
    },
    Act {
        what: "an event is written behind the sealer's back",
        sql: "insert into audit.events overriding system value
            select (json_populate_record(e, json_build_object('id', platform.uuid_v7()))).*
            from audit.events e where id = '$event'",
        found: "1 events without a leaf were written after their time",
    },
    Act {
        what: "an event is hidden by a leaf at no place",
        sql: "alter table audit.leaves drop constraint leaves_idx_range;
            insert into audit.events overriding system value
            select (json_populate_record(e, json_build_object('id', gen_random_uuid()))).*
            from audit.events e where id = '$event';
            insert into audit.leaves select tenant_id, -1, id, sha256(''), ''
            from audit.events e where not exists (select from audit.leaves l
                where l.event_id = e.id) limit 1",
        found: "1 events without a leaf were written after their time",
    },
    Act {
        what: "how far sealing has come is forgotten",
        sql: "delete from audit.progress;
            insert into audit.events overriding system value
            select (json_populate_record(e, json_build_object('id', platform.uuid_v7()))).*
            from audit.events e where id = '$event'",
        found: "1 events without a leaf were written after their time",
    },
    Act {
        what: "a leaf is removed",
        sql: "delete from audit.leaves where tenant_id = '$acme' and idx = 5",
        found: "acme: leaf 5: the leaf is gone",
    },
    Act {
        what: "two leaves change places",
        sql: "update audit.leaves set idx = 999 where tenant_id = '$acme' and idx = 5;
            update audit.leaves set idx = 5 where tenant_id = '$acme' and idx = 6;
            update audit.leaves set idx = 6 where tenant_id = '$acme' and idx = 999",
        found: "acme: leaf 0: leaves from here to",
    },
    Act {
        what: "an event is changed, and its leaf with it",
        sql: "update audit.events set outcome = 'denied' where id = '$event';
            update audit.leaves l set hash = app.leaf_hash(app.event_record(e), l.commitments)
            from audit.events e where e.id = '$event' and l.event_id = e.id",
        found: "acme: leaf 0: leaves from here to",
    },
    Act {
        what: "the tail is cut off, and nothing in the database remembers it",
        sql: "delete from audit.leaves where tenant_id = '$acme' and idx >= 5;
            delete from audit.events e where tenant_id = '$acme' and not exists (
                select from audit.leaves l where l.event_id = e.id);
            delete from audit.checkpoints; delete from audit.epochs; delete from audit.anchorings;
            update audit.trees set head_size = 0, head_root = null, size = 5
            where tenant_id = '$acme'",
        found: "acme: leaf 5: the history ends here, epoch 0 of directory",
    },
    Act {
        what: "a whole tenant's history is removed",
        sql: "delete from audit.leaves where tenant_id = '$acme';
            delete from audit.trees where tenant_id = '$acme';
            delete from audit.events where tenant_id = '$acme';
            delete from audit.event_pii where tenant_id = '$acme';
            delete from audit.checkpoints where tenant_id = '$acme'",
        found: "leaf 0: the history ends here, epoch 0 of directory",
    },
    Act {
        what: "what was signed of a tree is forgotten",
        sql: "update audit.trees set head_size = 0, head_root = null where tenant_id = '$acme'",
        found: "epoch 1: the last epoch has the heads of",
    },
    Act {
        what: "the tree's own row is changed",
        sql: "update audit.trees set root = sha256('') where tenant_id = '$acme'",
        found: "the tree's root is not that of its leaves",
    },
    Act {
        what: "a checkpoint is forged",
        sql: "update audit.checkpoints set note = replace(note, '/1/', '/2/')
            where tenant_id = '$acme'",
        found: "acme: leaf 0: a checkpoint in the database is not signed by this key",
    },
    Act {
        what: "an epoch is changed",
        sql: "update audit.epochs set sealed_at = sealed_at - interval '1 day'",
        found: "epoch 0: the epoch is not what was signed",
    },
];
