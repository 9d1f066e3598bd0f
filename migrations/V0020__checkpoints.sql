-- Checkpoints: signed heads of the trees, and the tree over all of them.

create table audit.epochs (
    epoch bigint primary key,
    incarnation integer not null,
    tenants bigint not null,
    heads_root bytea not null,
    root bytea not null,
    peaks bytea not null,
    note text not null,
    sealed_at timestamptz not null,
    constraint epochs_heads_root_length check (octet_length(heads_root) = 32)
);

comment on table audit.epochs is
    'The tree over all tenants: each leaf is the root of all their heads at one moment.';
comment on column audit.epochs.heads_root is 'RFC 6962 hash of the heads of all trees.';
comment on column audit.epochs.root is 'RFC 6962 hash of all epochs up to this one.';
comment on column audit.epochs.peaks is 'Hashes of its largest complete subtrees, left to right.';
comment on column audit.epochs.note is 'Its checkpoint (C2SP tlog-checkpoint), signed.';

create table audit.checkpoints (
    tenant_id uuid not null,
    size bigint not null,
    epoch bigint not null,
    root bytea not null,
    note text not null,
    primary key (tenant_id, epoch)
);

comment on table audit.checkpoints is
    'Each tenant''s signed checkpoints, one for each epoch that changed it.';
comment on column audit.checkpoints.root is 'RFC 6962 hash of the tree at this size.';

create table audit.anchorings (
    anchor text not null,
    epoch bigint not null,
    anchored_at timestamptz not null default clock_timestamp(),
    primary key (anchor, epoch)
);

comment on table audit.anchorings is 'Which epoch lies where, out of this database''s reach.';

alter table audit.epochs enable row level security;
alter table audit.epochs force row level security;
alter table audit.checkpoints enable row level security;
alter table audit.checkpoints force row level security;
alter table audit.anchorings enable row level security;
alter table audit.anchorings force row level security;
