-- Events that tell what became of the history itself are found without reading all of it.

create index events_history on audit.events (tenant_id, action)
    where action in ('history.erase', 'history.expire');
