-- Sign-ins: begun by a browser, and over when it comes back from its issuer, or not in time.

create table platform.sign_ins (
    state bytea primary key,
    browser bytea not null,
    host text not null,
    door text not null,
    issuer text not null,
    nonce text not null,
    verifier text not null,
    redirect_uri text not null,
    return_to text not null,
    expires_at timestamptz not null default now() + interval '10 minutes',
    constraint sign_ins_state_sha256 check (octet_length(state) = 32),
    constraint sign_ins_browser_sha256 check (octet_length(browser) = 32),
    constraint sign_ins_return_to_length check (length(return_to) <= 2000)
);

create index sign_ins_expires_at on platform.sign_ins (expires_at);

comment on table platform.sign_ins is
    'A row for each sign-in under way, used once. No plane reads it: functions answer from it.';
comment on column platform.sign_ins.state is 'SHA-256 of what the callback repeats.';
comment on column platform.sign_ins.browser is
    'SHA-256 of what the browser holds that began: nobody else ends it.';
comment on column platform.sign_ins.door is 'Which of the ways in.';

alter table platform.sign_ins enable row level security;
alter table platform.sign_ins force row level security;
