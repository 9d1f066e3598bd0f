-- Audit webhooks: where a tenant has the checkpoints of its own history sent.

create table tenant.audit_webhooks (
    tenant_id uuid not null,
    id uuid not null default platform.uuid_v7(),
    place integer not null,
    url text not null,
    version integer not null default 1,
    created_by uuid not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint audit_webhooks_place_unique unique (tenant_id, place),
    constraint audit_webhooks_tenant_id_exists foreign key (tenant_id)
        references platform.tenants (id),
    constraint audit_webhooks_place_range check (place between 1 and 3),
    constraint audit_webhooks_url_format
        check (url ~ '^https?://[^/?#@\s]+([/?][^#\s]*)?$'),
    constraint audit_webhooks_url_length check (length(url) <= 2048)
);

create table tenant.audit_webhook_deliveries (
    tenant_id uuid not null,
    webhook_id uuid not null,
    delivered_size bigint,
    delivered_at timestamptz,
    failures integer not null default 0,
    failed_at timestamptz,
    next_at timestamptz not null,
    primary key (tenant_id, webhook_id),
    constraint audit_webhook_deliveries_webhook_id_exists foreign key (tenant_id, webhook_id)
        references tenant.audit_webhooks (tenant_id, id) on delete cascade,
    constraint audit_webhook_deliveries_failures_range check (failures >= 0)
);

comment on table tenant.audit_webhooks is
    'Where a tenant has the checkpoints of its own history sent, out of our reach.';
comment on column tenant.audit_webhooks.place is
    'Which of the few that a tenant may have: so that it can not have more.';
comment on column tenant.audit_webhooks.url is 'May hold a secret of the receiver''s.';
comment on table tenant.audit_webhook_deliveries is
    'How far each webhook has got. Without a row nothing was tried yet.';
comment on column tenant.audit_webhook_deliveries.delivered_size is
    'How many events the checkpoint covers that it has.';
comment on column tenant.audit_webhook_deliveries.failures is 'In a row.';
comment on column tenant.audit_webhook_deliveries.next_at is
    'When it may be tried again: also while somebody is trying.';

alter table tenant.audit_webhooks enable row level security;
alter table tenant.audit_webhooks force row level security;
alter table tenant.audit_webhook_deliveries enable row level security;
alter table tenant.audit_webhook_deliveries force row level security;
