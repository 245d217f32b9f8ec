#include "lint/rule.h"

enum { LAST_WITH_LOCAL_MODES = 1500 };

/* What the server does with it, before the setting's name. `*predicts` is set to an SQLSTATE when
 * it is an error. */
static const char *outcome(enum setting_holder holder, const struct mode *mode, bool transaction,
                           int server_version, const char **predicts)
{
    *predicts = "no-op";
    if (!transaction)
        return "has no effect: the end of the call undoes it before a transaction begins with it";
    if (holder == HOLDER_SYSTEM) {
        *predicts = "55P02";
        return "fails with 55P02: ALTER SYSTEM cannot store the mode of one transaction";
    }
    if (holder == HOLDER_ROUTINE && server_version > LAST_WITH_LOCAL_MODES) {
        bool read_only = mode->kind == MODE_READ_ONLY;
        *predicts = read_only ? "0A000" : "25001";
        return read_only ? "fails with 0A000, here or at every call"
                         : "fails with 25001, or with 0A000 in a transaction that has this mode";
    }
    if (mode->kind != MODE_READ_ONLY) {
        *predicts = "25001";
        return holder == HOLDER_ROUTINE
                   ? "fails with 25001, here or at every call from a transaction in another mode"
                   : "fails with 25001 here, or gives a warning at every login and has no effect";
    }
    return holder == HOLDER_ROUTINE
               ? "has no effect, or fails with 25001 when the caller is READ ONLY"
               : "has no effect: it is stored, but no transaction begins with it";
}

/* Up to 15, transaction_read_only = on works as a guard while the routine runs. */
static bool is_guard(enum setting_holder holder, const struct mode *mode, bool transaction,
                     int server_version)
{
    return holder == HOLDER_ROUTINE && transaction && mode->kind == MODE_READ_ONLY &&
           mode->value == 1 && server_version <= LAST_WITH_LOCAL_MODES;
}

static void check_setting(struct check *check, enum setting_holder holder,
                          const struct setting *setting)
{
    struct mode mode;
    bool transaction;
    const char *predicts;
    int version = check->options->server_version;

    if (!setting_mode(setting, &mode, &transaction) ||
        is_guard(holder, &mode, transaction, version) || (!transaction && holder != HOLDER_ROUTINE))
        return;
    if (mode.value == MODE_DEFAULT && holder != HOLDER_SYSTEM)
        return; /* RESET takes it away */
    const char *text = outcome(holder, &mode, transaction, version, &predicts);
    struct finding *finding = report(check, setting->name_span, "%s %s", setting->name, text);
    finding_predicts(finding, predicts);
    if (!transaction) /* PostgREST reads it, and begins the transaction of the call with it */
        finding->severity = SEVERITY_NOTE;
    finding_label(check, finding,
                  transaction ? "the mode of one transaction"
                              : "no transaction begins during a call");
    if (holder == HOLDER_ROUTINE) {
        finding_help(check, finding,
                     "set the mode where the caller's transaction begins: a routine runs in that "
                     "transaction%s",
                     version > LAST_WITH_LOCAL_MODES
                         ? ""
                         : "; only SET transaction_read_only = on works here");
        return;
    }
    finding_help(check, finding, "use %s, which sets the mode of new transactions",
                 mode.kind == MODE_ISOLATION   ? "default_transaction_isolation"
                 : mode.kind == MODE_READ_ONLY ? "default_transaction_read_only"
                                               : "default_transaction_deferrable");
    finding_edit(check, finding, (struct span){setting->name_span.start, setting->name_span.start},
                 "default_", false); /* it has an effect then */
}

static void check_script(struct check *check, const struct script *script)
{
    for (const struct statement *each = script->statements; each; each = each->next) {
        if (each->kind != STATEMENT_DEFINE)
            continue;
        for (const struct change *change = each->changes; change; change = change->next) {
            if (change->kind == CHANGE_SETTING)
                check_setting(check, change->holder, change->setting);
            if (change->kind != CHANGE_CREATE_ROUTINE)
                continue;
            for (const struct routine_setting *set = change->routine->settings; set;
                 set = set->next)
                check_setting(check, HOLDER_ROUTINE, set->setting);
        }
    }
}

const struct rule rule_persistent_transaction_parameter = {
    .name = "persistent-transaction-parameter",
    .group = "declaration",
    .summary = "A mode of one transaction is stored for a role, database, system or routine",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"25001", "0A000", "55P02", "no-op"},
    .check_script = check_script,
};
