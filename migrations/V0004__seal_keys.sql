-- Seal keys: the HMAC-SHA-256 (RFC 2104) pads that seal a transaction's context.
--
-- Pads instead of the key: core Postgres has sha256() but no hmac(), and pads save two XORs a call.

create table platform.seal_keys (
    kid text primary key,
    inner_pad bytea not null,
    outer_pad bytea not null,
    created_at timestamptz not null default now(),
    retires_at timestamptz,
    constraint seal_keys_kid_format check (kid ~ '^[0-9a-f]{8}$'),
    constraint seal_keys_inner_pad_block check (octet_length(inner_pad) = 64),
    constraint seal_keys_outer_pad_block check (octet_length(outer_pad) = 64)
);

-- Exactly one key seals: the gate joins to it without a limit.
create unique index seal_keys_current on platform.seal_keys ((true)) where retires_at is null;

comment on table platform.seal_keys is
    'Readable by bulkhead_definer alone. The newest row seals; older ones verify until retires_at.';
comment on column platform.seal_keys.inner_pad is 'The key xor 0x36…, hashed before the payload.';
comment on column platform.seal_keys.outer_pad is
    'The key xor 0x5c…, hashed before the inner hash.';

alter table platform.seal_keys enable row level security;
alter table platform.seal_keys force row level security;
