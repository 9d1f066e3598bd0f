-- Anchors: what witnesses have cosigned is kept here, since they keep no more than the last of it.

create table audit.cosignatures (
    anchor text not null,
    epoch bigint not null,
    note text not null,
    cosigned_at timestamptz not null default clock_timestamp(),
    primary key (anchor, epoch)
);

comment on table audit.cosignatures is
    'Checkpoints of the tree over all tenants that a witness has cosigned.';
comment on column audit.cosignatures.note is
    'The epoch''s checkpoint with the cosignature (C2SP tlog-cosignature), as it can be shown.';

alter table audit.cosignatures enable row level security;
alter table audit.cosignatures force row level security;
