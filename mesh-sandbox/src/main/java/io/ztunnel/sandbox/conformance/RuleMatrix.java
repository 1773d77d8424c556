package io.ztunnel.sandbox.conformance;

import io.ztunnel.sandbox.conformance.scenario.FieldReader;
import io.ztunnel.sandbox.conformance.scenario.Item;
import io.ztunnel.sandbox.conformance.scenario.Scenario;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which scenarios and unit tests hold a ztunnel to which rule. */
record RuleMatrix(List<Row> rows, List<String> unknown) {
    /**
     * @param tests such as {@code RouterTest#unknownAddressesPassThrough}
     * @param missing why the rule is not obeyed, or ""
     */
    record Row(String id, String text, List<String> scenarios, List<String> tests, String missing) {
        boolean isExplained() {
            return !scenarios.isEmpty() || !tests.isEmpty() || !missing.isEmpty();
        }
    }

    /**
     * @param lists by file name the texts of lists of rules, each with id, text, tests, missing
     */
    static RuleMatrix of(Map<String, String> lists, List<Scenario> scenarios) {
        List<Row> rows = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        List<Item> items = new ArrayList<>();
        lists.forEach((file, text) -> items.addAll(Item.parse(file, text).list()));
        for (Item item : items) {
            FieldReader reader = item.reader();
            String id = reader.text("id");
            rows.add(
                    new Row(
                            id,
                            reader.text("text"),
                            scenarios.stream()
                                    .filter(scenario -> scenario.rules().contains(id))
                                    .map(Scenario::name)
                                    .toList(),
                            reader.strings("tests"),
                            reader.text("missing", "")));
            reader.end();
            if (!ids.add(id)) {
                throw item.error("there is another rule " + id);
            }
        }
        List<String> unknown =
                scenarios.stream()
                        .flatMap(scenario -> scenario.rules().stream())
                        .distinct()
                        .filter(id -> !ids.contains(id))
                        .toList();
        return new RuleMatrix(rows, unknown);
    }

    /** One line for each thing that is wrong with it. */
    List<String> problems() {
        List<String> problems = new ArrayList<>();
        rows.stream()
                .filter(row -> !row.isExplained())
                .forEach(row -> problems.add("no test of rule " + row.id() + ": " + row.text()));
        unknown.forEach(
                id -> problems.add("a scenario names rule " + id + ", which is not listed"));
        return problems;
    }

    /** As Markdown. */
    String markdown() {
        StringBuilder text = new StringBuilder("| rule | what it says | scenarios | tests |\n");
        text.append("|---|---|---|---|\n");
        for (Row row : rows) {
            text.append("| ")
                    .append(row.id())
                    .append(" | ")
                    .append(cell(row.text()))
                    .append(" | ")
                    .append(cell(String.join("; ", row.scenarios())))
                    .append(" | ")
                    .append(cell(String.join(", ", row.tests()) + note(row.missing())))
                    .append(" |\n");
        }
        return text.toString();
    }

    private static String note(String missing) {
        return missing.isEmpty() ? "" : " (" + missing + ")";
    }

    static String cell(String text) {
        return FailedException.flat(text).replace("|", "\\|");
    }
}
