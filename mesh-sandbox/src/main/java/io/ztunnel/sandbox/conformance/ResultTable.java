package io.ztunnel.sandbox.conformance;

import io.ztunnel.sandbox.conformance.scenario.Scenario;
import io.ztunnel.sandbox.text.Columns;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Results for people: a line for each scenario and each way it went. */
final class ResultTable {
    private ResultTable() {}

    /** The columns: scenario, sections, verdict, families, reason. */
    static List<List<String>> rows(List<Result> results) {
        record Key(String scenario, Result.Verdict verdict, String reason) {}
        Map<Key, List<Result>> grouped = new LinkedHashMap<>();
        for (Result result : results) {
            grouped.computeIfAbsent(
                            new Key(result.scenario().name(), result.verdict(), result.reason()),
                            key -> new ArrayList<>())
                    .add(result);
        }
        List<List<String>> rows = new ArrayList<>();
        List<Scenario> order = results.stream().map(Result::scenario).distinct().toList();
        for (Scenario scenario : order) {
            grouped.forEach(
                    (key, same) -> {
                        if (key.scenario().equals(scenario.name())) {
                            rows.add(
                                    List.of(
                                            scenario.name(),
                                            String.join(", ", scenario.sections()),
                                            key.verdict().text(),
                                            same.stream()
                                                    .map(result -> result.family().text())
                                                    .collect(Collectors.joining(" ")),
                                            key.reason()));
                        }
                    });
        }
        return rows;
    }

    static String text(List<Result> results) {
        List<List<String>> all = new ArrayList<>();
        all.add(List.of("SCENARIO", "SPEC", "RESULT", "FAMILIES", "REASON"));
        all.addAll(rows(results));
        return Columns.format(all);
    }

    /** Such as {@code 40 passed, 1 failed, 2 documented differences}. */
    static String summary(List<Result> results) {
        long passed = count(results, Result.Verdict.PASSED);
        long failed = count(results, Result.Verdict.FAILED);
        long different = count(results, Result.Verdict.DIFFERENCE);
        return passed
                + " passed, "
                + failed
                + " failed, "
                + different
                + " documented difference"
                + (different == 1 ? "" : "s");
    }

    static long count(List<Result> results, Result.Verdict verdict) {
        return results.stream().filter(result -> result.verdict() == verdict).count();
    }
}
