package io.ztunnel.sandbox.conformance;

import io.ztunnel.sandbox.conformance.scenario.Scenario;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a run leaves behind: for the terminal, and for a file. */
public record ConformanceReport(List<Result> results) {
    private static final List<String> RULES = List.of("rules.yaml", "checklist.yaml");

    public ConformanceReport {
        results = List.copyOf(results);
    }

    public String text() {
        return ResultTable.text(results) + "\n" + ResultTable.summary(results) + "\n";
    }

    public boolean hasFailures() {
        return ResultTable.count(results, Result.Verdict.FAILED) > 0;
    }

    /**
     * Writes results and the matrix of rules.
     *
     * @param scenarios all there are, also those that were not run
     * @return what is wrong with the matrix, a line each
     */
    public List<String> write(Path file, List<Scenario> scenarios) throws IOException {
        Map<String, String> lists = new LinkedHashMap<>();
        for (String name : RULES) {
            lists.put(
                    name,
                    Suite.resource(name)
                            .orElseThrow(() -> new IOException("there is no list " + name)));
        }
        RuleMatrix matrix = RuleMatrix.of(lists, scenarios);
        Files.writeString(
                file,
                "# Conformance\n\n"
                        + ResultTable.summary(results)
                        + "\n\n"
                        + resultsAsMarkdown()
                        + "\n## Rules\n\n"
                        + matrix.markdown());
        return matrix.problems();
    }

    private String resultsAsMarkdown() {
        StringBuilder text =
                new StringBuilder("| scenario | spec | result | families | reason |\n");
        text.append("|---|---|---|---|---|\n");
        for (List<String> row : ResultTable.rows(results)) {
            text.append("| ")
                    .append(String.join(" | ", row.stream().map(RuleMatrix::cell).toList()))
                    .append(" |\n");
        }
        return text.toString();
    }
}
