-- An event that no change of a row makes.
set local role bulkhead_definer;

-- An event of the caller's, or of whoever the context speaks for. It has no trigger's row to tell.
do $do$
begin
    execute format($sql$
        create function app.tell(here uuid, context text, outcome text, action text,
            resource uuid, about uuid, changes text, times bigint) returns void
            language plpgsql volatile
            set search_path = ''
        as $body$
        declare
            event constant uuid := platform.uuid_v7();
            workspace constant uuid := null;
            columns constant text[] := null;
            request text[]; told text; whose uuid;
            actor uuid; actor_type text; agent uuid; credential uuid;
        begin
            %s
            if changes is null then
                about := null;
                changes := substr(told, 2);
                told := null;
            else
                -- Without its braces.
                changes := substr(changes, 2, length(changes) - 2);
            end if;
            if changes <> '' then
                %s
            end if;
        end
        $body$
    $sql$, app.appending('split_part(action, ''.'', 1)', 'outcome', 'times'), app.detailing());
end
$do$;
