-- t30_move: moving a document takes it from all who had it by the old workspace, and gives it to
-- all of the new one. A policy sees one side of an update at a time, so a trigger asks for both:
-- document.delete in the workspace it leaves, for good (neither a share of the document nor one
-- that ends is enough, or a move would keep what was lent), and document.create where it enters.
set local role bulkhead_definer;

create function app.check_document_move() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    if not app.can_until('document.delete', old.workspace_id, null, null)
        or not app.can('document.create', new.workspace_id)
    then
        raise exception 'moving a document needs rights in both workspaces'
            using errcode = '42501', constraint = 'documents_workspace_id_move';
    end if;
    return new;
end
$$;
grant execute on function app.check_document_move() to bulkhead_owner;

set local role bulkhead_owner;
create trigger t30_move before update of workspace_id on tenant.documents
    for each row when (old.workspace_id is distinct from new.workspace_id)
    execute function app.check_document_move();
