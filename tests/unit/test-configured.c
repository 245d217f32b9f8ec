/* Each key that takes a word, with each of its words: what the run has of it is what was said. */
#include "engine/configured.h"

#include "support/check.h"

/* The settings of a project whose configuration is `text`. Ended by settings_finish. */
static void configure(struct settings *settings, const char *text, uint64_t given)
{
    struct error error = {0};

    settings_init(settings);
    settings->given = given;
    settings->configured =
        configured_by(config_read_text(".isolint.yml", text, strlen(text), &error), NULL, &error);
    assert_null(error.message);
    configured_complete(settings);
}

static char *override_of(const char *key, const char *word)
{
    return g_strdup_printf("overrides:\n  - paths: [a.sql]\n    %s: %s\n", key, word);
}

static void check_word(const struct config_key *key, const char *word, int value)
{
    struct settings settings;
    g_autofree char *text = g_strdup_printf("%s: %s\n", key->name, word);

    configure(&settings, text, 0);
    assert_int_equal(effective_value(&settings.effective, key), value);
    settings_finish(&settings);
    if (key->places & IN_OVERRIDE) {
        g_autofree char *override = override_of(key->name, word);
        configure(&settings, override, 0);
        struct effective own = {.session = configured_session(&settings, "a.sql")};
        assert_int_equal(effective_value(&own, key), value);
        settings_finish(&settings);
    }
}

static void test_words(void **state)
{
    const char *word;
    int value;

    (void)state;
    for (const struct config_key *key = config_keys; key->name; key++) {
        if (!(key->places & IN_PROJECT) || key->kind != KEY_WORD)
            continue;
        assert_int_not_equal(key->becomes.form, BECOMES_NOTHING);
        for (unsigned i = 0; (word = config_word(key->name, i, &value)); i++)
            check_word(key, word, value);
    }
}

/* What the command line says of a key stays, for all files. */
static void test_given(void **state)
{
    struct settings settings;
    const struct config_key *given = config_key_find("transaction", IN_PROJECT);
    const struct config_key *other = config_key_find("retry", IN_PROJECT);

    (void)state;
    configure(&settings,
              "transaction: file\nretry: yes\n"
              "overrides:\n  - paths: [a.sql]\n    transaction: statement\n    retry: no\n",
              effective_bit(given));
    assert_int_equal(settings.effective.session.framing, FRAMING_AUTO);
    assert_int_equal(configured_session(&settings, "a.sql").framing, FRAMING_AUTO);
    assert_int_equal(effective_value(&settings.effective, other), CONFIG_YES);
    assert_false(configured_session(&settings, "a.sql").retried);
    assert_true(configured_session(&settings, "b.sql").retried);
    settings_finish(&settings);
}

/* SERIALIZABLE of an old server is another level, so a session is told the version as well. */
static void test_version(void **state)
{
    struct settings settings;

    (void)state;
    configure(&settings, "server-version: 9.0\n", 0);
    assert_int_equal(configured_session(&settings, "a.sql").server_version, 900);
    settings_finish(&settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_given),
        cmocka_unit_test(test_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
