package io.ztunnel.daemon.cli;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** One way to look at a dump: as a table, or as the entries that a program would read. */
interface View {
    /** What the table is made of. */
    List<Section> sections();

    /** What the entries are made of. */
    List<Section> entrySections();

    Table table(Dump dump);

    /** To be printed as JSON or YAML; null is printed as such. */
    @Nullable List<JsonObject> entries(Dump dump);

    /**
     * @param wanted "" for any; case does not matter
     */
    static boolean admits(String wanted, String actual) {
        return wanted.isEmpty() || wanted.equalsIgnoreCase(actual);
    }
}
