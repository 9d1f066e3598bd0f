-- Bearer tokens of the platform's own issuers: which sessions were opened by one, and by which.

create table platform.bearer_tokens (
    signed bytea primary key,
    credential_id uuid not null,
    user_id uuid not null,
    expires_at timestamptz not null,
    constraint bearer_tokens_signed_sha256 check (octet_length(signed) = 32),
    constraint bearer_tokens_credential_id_unique unique (credential_id),
    constraint bearer_tokens_credential_id_exists foreign key (credential_id)
        references platform.credentials (id) on delete cascade,
    constraint bearer_tokens_user_id_exists foreign key (user_id) references platform.users (id)
);

create index bearer_tokens_user_id on platform.bearer_tokens (user_id, expires_at);
create index bearer_tokens_expires_at on platform.bearer_tokens (expires_at);

comment on table platform.bearer_tokens is
    'A token opens one session. What became of that holds until the token is worth nothing.';
comment on column platform.bearer_tokens.signed is
    'SHA-256 of what the issuer has signed: with another signature it is still the same token.';

alter table platform.bearer_tokens enable row level security;
alter table platform.bearer_tokens force row level security;
