"""What the database's own catalogue says about the walls between organisations."""

# ruff: noqa: S608 (the names of tables and columns are our own)

from collections.abc import Iterable
from typing import Any

import pytest
from django.db import connection

from tests.plain_rows import tenant_models

pytestmark = pytest.mark.django_db

# Tables that hold nothing of an organisation, each with the reason.
WITHOUT_TENANT = {
    "accounts_heartbeat": "one row a kind of process",
    "accounts_round": "one row a job while every organisation has its turn",
    "accounts_person": "a person belongs to several organisations",
    "account_emailaddress": "of a person",
    "account_emailconfirmation": "of a person",
    "mfa_authenticator": "of a person",
    "usersessions_usersession": "of a person",
    "django_session": "of a person",
    "auth_group": "Django's, unused",
    "auth_group_permissions": "Django's, unused",
    "auth_permission": "Django's, unused",
    "django_content_type": "Django's, unused",
    "django_migrations": "Django's",
}
# Unique across organisations, each with the reason.
GLOBALLY_UNIQUE = {
    ("accounts_organization", "slug"): "the address names the organisation",
    ("accounts_formerslug", "slug"): "a former address redirects to one organisation",
    ("accounts_apitoken", "prefix"): "a token is looked up before its organisation is known",
    ("integrations_webhook", "token"): "a webhook is looked up before its organisation is known",
    ("integrations_pushaddress", "token_hash"): "as a webhook",
}
# Indexes that serve a reader of all organisations.
INDEXES_OVER_ALL = {
    "letter_all_waiting": "letters of anybody that nobody sent",
    "notification_all_due": "what is due to be mailed to anybody",
    "accounts_outbox_all_waiting": "the dispatcher asks whether anybody is owed work",
    "accounts_member_person_id_77c01b28": "a person's memberships, before one is chosen",
}
# Policies beside `tenant` and `owner_all`.
MORE_POLICIES = {("accounts_outboxentry", "dispatch_all", "flotilla_dispatch")}
# Functions that run as the owner: the whole exemption from row security.
DEFINER_FUNCTIONS = {
    "flotilla_audit": "writes the log that nobody may write",
    "flotilla_principal": "ids of a person's membership by address",
    "flotilla_organizations_of": "organisations of a person",
    "flotilla_administers_any": "whether a person needs a second factor",
    "flotilla_token": "organisation of a token by its prefix",
    "flotilla_invitation": "organisation of an invitation by its hash",
    "flotilla_slug_taken": "whether an address is free",
    "flotilla_organization_ids": "for the dispatcher: whom to enqueue a job for",
    "flotilla_organizations_due_to_mail": "for the dispatcher: who has somebody to write to",
    "flotilla_organizations_due_to_sync": "for the dispatcher: whose syncs are due",
    "flotilla_webhook": "organisation of a webhook by its address",
    "flotilla_figures": "counts and ages over all organisations, without names or ids",
    "flotilla_push_address": "organisation of an address for values by its hash",
    "flotilla_forget_expired": "for the dispatcher: deletes sent work and old answers",
    "integrations_take_statistics": "only the owner of a table may analyze it",
}
# Tables of very many rows to which nothing refers, and which no key could refer to.
NEVER_REFERRED_TO = {"integrations_sourceitem", "integrations_itemversion"}
NOT_AUDITED = {
    "accounts_letter": "messages, not records",
    "accounts_notification": "messages, not records",
    "governance_commentmention": "follows from the words of a comment, which are audited",
    "accounts_outboxentry": "work, not records",
    "accounts_idempotencykey": "answers, not records",
    "okrs_reminderturn": "turns taken, not records",
    "okrs_scorepoint": "scores follow from the logs",
    "okrs_unitscore": "scores follow from the logs",
    "integrations_sourceitem": "copies of another system's items",
    "integrations_linktally": "follows from the items",
    "integrations_recount": "work, not records",
    "integrations_synceditem": "copies of another system's items",
    "integrations_itemversion": "copies of another system's items",
    "integrations_webhookdelivery": "what another system sent",
    "integrations_pushdelivery": "what another system sent",
    "integrations_fileimport": "its own history",
    "integrations_importedvalue": "follows from the log of values",
    "integrations_syncrun": "its own history",
    "integrations_quarantinedrecord": "its own history",
}
TENANT_TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND a.attname = 'organization_id' AND NOT a.attisdropped
"""
ALL_TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
"""


def rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def column(sql: str) -> set[str]:
    return {row[0] for row in rows(sql)}


def walled_tables() -> set[str]:
    return column(TENANT_TABLES) | {"accounts_organization"}


def without(found: Iterable[tuple[Any, ...]], listed: Iterable[object]) -> list[tuple[Any, ...]]:
    return sorted(set(found) - set(listed))


def test_every_table_has_a_tenant_or_a_reason_not_to() -> None:
    assert column(ALL_TABLES) - walled_tables() - set(WITHOUT_TENANT) == set()


def test_every_reason_is_about_a_table_without_a_tenant() -> None:
    assert set(WITHOUT_TENANT) & walled_tables() == set()


def test_every_tenant_table_forces_row_security() -> None:
    open_tables = column(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity)"
    )
    assert open_tables & walled_tables() == set()


def test_every_tenant_table_has_both_policies_and_no_other() -> None:
    found = set(
        rows(
            "SELECT tablename, policyname, array_to_string(roles, ',') FROM pg_policies"
            " WHERE schemaname = 'public'"
        )
    )
    wanted = {(table, "tenant", "flotilla_app") for table in walled_tables()}
    wanted |= {(table, "owner_all", "flotilla_owner") for table in walled_tables()}
    assert found == wanted | MORE_POLICIES


def test_every_tenant_policy_compares_the_tenant_and_nothing_else() -> None:
    found = column(
        "SELECT DISTINCT unnest(ARRAY[qual, with_check]) FROM pg_policies"
        " WHERE policyname = 'tenant' AND tablename <> 'accounts_organization'"
    )
    assert found == {"(organization_id = (current_setting('app.org_id'::text))::uuid)"}


def test_policies_hold_for_every_command() -> None:
    assert column("SELECT DISTINCT cmd FROM pg_policies WHERE schemaname = 'public'") == {"ALL"}


def test_no_row_can_be_without_a_tenant() -> None:
    nullable = column(
        f"SELECT relname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
        f" WHERE attname = 'organization_id' AND NOT attnotnull AND relname IN ({TENANT_TABLES})"
    )
    assert nullable == set()


# Columns of each index of a tenant table, in order; expressions have no name.
INDEXES = f"""
    SELECT t.relname, i.relname, x.indisunique, x.indisprimary,
           (SELECT string_agg(coalesce(a.attname, '?'), ',' ORDER BY k.n)
            FROM unnest(x.indkey::int[]) WITH ORDINALITY k(attnum, n)
            LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum AND k.attnum > 0)
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    WHERE t.relname IN ({TENANT_TABLES})
"""


def test_every_tenant_table_has_an_index_that_starts_with_the_tenant() -> None:
    led = {table for table, _, _, _, columns in rows(INDEXES) if leads(columns)}
    assert column(TENANT_TABLES) - led == set()


# What keys between tenant tables refer to.
TARGET = "organization_id,id"


def leads(columns: str) -> bool:
    return columns.split(",", maxsplit=1)[0] == "organization_id"


def test_every_index_starts_with_the_tenant_or_is_listed() -> None:
    stray = [
        (table, name)
        for table, name, unique, primary, columns in rows(INDEXES)
        if not leads(columns) and not primary and not unique and not name.endswith("_like")
    ]
    assert [pair for pair in stray if pair[1] not in INDEXES_OVER_ALL] == []


def test_uniqueness_never_tells_of_another_organisation() -> None:
    found = [
        (table, columns)
        for table, _, unique, primary, columns in rows(INDEXES)
        if unique and not primary and not leads(columns)
    ]
    assert without(found, GLOBALLY_UNIQUE) == []


def test_keys_between_tenant_tables_include_the_tenant() -> None:
    loose = rows(
        f"""
        SELECT c.relname, k.conname FROM pg_constraint k
        JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
        WHERE k.contype = 'f' AND c.relname IN ({TENANT_TABLES}) AND f.relname IN ({TENANT_TABLES})
          AND NOT (SELECT attnum FROM pg_attribute
                   WHERE attrelid = c.oid AND attname = 'organization_id') = ANY (k.conkey)
        """
    )
    assert loose == []


def test_keys_may_refer_to_every_tenant_table_that_is_not_listed() -> None:
    targets = {
        table for table, _, unique, _, columns in rows(INDEXES) if unique and columns == TARGET
    }
    assert {model._meta.db_table for model in tenant_models()} - targets == NEVER_REFERRED_TO


def test_every_key_was_checked_over_all_rows() -> None:
    assert rows("SELECT conname FROM pg_constraint WHERE NOT convalidated") == []


def test_no_view_runs_with_the_rights_of_its_owner() -> None:
    found = rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind = 'v' AND NOT coalesce(reloptions @> '{security_invoker=true}', false)"
    )
    assert found == []


def test_there_is_no_materialized_view() -> None:
    assert rows("SELECT relname FROM pg_class WHERE relkind = 'm'") == []


def test_only_listed_functions_run_as_the_owner() -> None:
    found = column(
        "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )
    assert found == set(DEFINER_FUNCTIONS)


def test_functions_of_the_owner_fix_where_they_look_names_up() -> None:
    loose = rows(
        "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        " AND NOT coalesce(proconfig::text LIKE '%search_path=%', false)"
    )
    assert loose == []


def test_functions_of_the_owner_are_for_one_role_each() -> None:
    for_all = rows(
        "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        " AND prorettype <> 'trigger'::regtype AND has_function_privilege('public', oid, 'EXECUTE')"
    )
    assert for_all == []


def test_no_role_of_the_product_inherits_the_owner() -> None:
    memberships = rows(
        "SELECT r.rolname, m.rolname FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid"
        " JOIN pg_roles m ON m.oid = a.member WHERE r.rolname LIKE 'flotilla%'"
        " AND m.rolname LIKE 'flotilla%'"
    )
    assert memberships == [("flotilla_app", "flotilla_owner")]


def test_no_role_of_the_product_passes_row_security_by() -> None:
    powerful = rows(
        "SELECT rolname FROM pg_roles"
        " WHERE rolname IN ('flotilla_owner', 'flotilla_app', 'flotilla_dispatch')"
        " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication)"
    )
    assert powerful == []


def privileges_of(role: str) -> set[tuple[str, ...]]:
    return set(
        rows(
            "SELECT c.relname, g.privilege_type FROM pg_class c, aclexplode(c.relacl) g"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')"
            f" AND g.grantee = '{role}'::regrole"
        )
    )


def test_the_application_may_only_read_and_write_rows() -> None:
    kinds = {kind for _, kind in privileges_of("flotilla_app")}
    assert kinds == {"SELECT", "INSERT", "UPDATE", "DELETE"}


def test_the_application_may_only_read_the_audit_log() -> None:
    granted = privileges_of("flotilla_app")
    assert {kind for table, kind in granted if table == "accounts_auditentry"} == {"SELECT"}


def test_the_dispatcher_may_read_the_outbox_alone() -> None:
    assert privileges_of("flotilla_dispatch") == {("accounts_outboxentry", "SELECT")}


def test_every_tenant_table_is_audited_or_its_own_history() -> None:
    audited = column(
        "SELECT relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE tgname = 'audit' AND tgenabled = 'O'"
    )
    silent = walled_tables() - audited - set(NOT_AUDITED) - {"accounts_auditentry"}
    assert silent - append_only_tables() == set()


def append_only_tables() -> set[str]:
    granted = privileges_of("flotilla_app")
    return {
        table
        for table in walled_tables()
        if {kind for name, kind in granted if name == table} == {"SELECT", "INSERT"}
    }


OWN_CODES = {
    (model, code)
    for model in tenant_models()
    for rule in model._meta.constraints
    if (code := rule.violation_error_code) not in {None, "unique"}
}


@pytest.mark.parametrize(("model", "code"), sorted(OWN_CODES, key=str))
def test_a_rule_is_told_beside_a_field_of_its_table(model: Any, code: str) -> None:
    assert code in {field.name for field in model._meta.fields}
