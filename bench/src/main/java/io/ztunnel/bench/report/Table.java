package io.ztunnel.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Results as a table in Markdown: medians with their spread, the ratio, the goal. */
public final class Table {
    private Table() {}

    public static String of(Results results) {
        List<String> candidates = results.candidates();
        boolean pair = candidates.size() == 2;
        List<List<String>> rows = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of("id", "figure"));
        header.addAll(candidates);
        if (pair) {
            header.addAll(List.of(candidates.get(0) + " / " + candidates.get(1), "goal", ""));
        }
        rows.add(header);
        for (Figure figure : results.figures()) {
            List<String> row =
                    new ArrayList<>(
                            List.of(figure.workload(), figure.name() + ", " + figure.unit()));
            for (String candidate : candidates) {
                row.add(results.series(figure, candidate).map(Table::spread).orElse("-"));
            }
            if (pair) {
                Optional<Double> ratio = results.ratio(figure);
                row.add(ratio.map(value -> String.format(Locale.ROOT, "%.2f", value)).orElse("-"));
                row.add(goal(figure));
                row.add(
                        figure.hasGoal() && ratio.isPresent()
                                ? figure.isReached(ratio.get()) ? "yes" : "no"
                                : "");
            }
            rows.add(row);
        }
        return format(rows);
    }

    private static String spread(Series series) {
        return series.count() == 1
                ? number(series.median())
                : number(series.median())
                        + " ("
                        + number(series.min())
                        + " - "
                        + number(series.max())
                        + ")";
    }

    private static String goal(Figure figure) {
        if (!figure.hasGoal()) {
            return "";
        }
        String sign = figure.better() == Figure.Better.HIGHER ? ">= " : "<= ";
        return sign + String.format(Locale.ROOT, "%.2f", figure.goal());
    }

    /** Three digits that mean something. */
    static String number(double value) {
        double size = Math.abs(value);
        String pattern = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, pattern, value);
    }

    private static String format(List<List<String>> rows) {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder out = new StringBuilder();
        for (int r = 0; r < rows.size(); r++) {
            for (int i = 0; i < columns; i++) {
                String cell = rows.get(r).get(i);
                out.append(i == 0 ? "| " : " | ").append(cell);
                out.repeat(' ', widths[i] - cell.length());
            }
            out.append(" |\n");
            if (r == 0) {
                for (int width : widths) {
                    out.append("|").repeat('-', width + 2);
                }
                out.append("|\n");
            }
        }
        return out.toString();
    }
}
