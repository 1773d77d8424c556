package io.ztunnel.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One drawing of all ratios, as SVG: a bar per figure, right of the middle where the first
 * candidate is better, left where it is worse, on a logarithmic scale.
 */
public final class Chart {
    private static final int ROW = 22;
    private static final int LABEL = 300;
    private static final int HALF = 220;
    private static final int TOP = 48;
    private static final double LIMIT = 8;

    private Chart() {}

    /** Empty unless there are two candidates. */
    public static Optional<String> of(Results results) {
        List<Figure> figures = new ArrayList<>();
        for (Figure figure : results.figures()) {
            if (figure.hasGoal() && results.ratio(figure).isPresent()) {
                figures.add(figure);
            }
        }
        if (figures.isEmpty()) {
            return Optional.empty();
        }
        int height = TOP + ROW * figures.size() + 12;
        int width = LABEL + 2 * HALF + 70;
        StringBuilder svg = new StringBuilder();
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                                + " font-family=\"sans-serif\" font-size=\"12\">%n"
                                + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
                        width,
                        height));
        text(
                svg,
                12,
                20,
                "start",
                results.candidates().get(0)
                        + " beside "
                        + results.candidates().get(1)
                        + ": how many times better (right) or worse (left); | is the goal");
        for (double mark : new double[] {1 / 4.0, 1 / 2.0, 1, 2, 4}) {
            double x = x(mark);
            line(svg, x, TOP - 6, x, height - 8, mark == 1 ? "#444" : "#ddd");
            text(svg, x, TOP - 10, "middle", mark < 1 ? "1/" + (int) (1 / mark) : "" + (int) mark);
        }
        for (int i = 0; i < figures.size(); i++) {
            Figure figure = figures.get(i);
            double ratio = results.ratio(figure).orElseThrow();
            double better = better(figure, ratio);
            double y = TOP + i * (double) ROW;
            double left = Math.min(x(1), x(better));
            double bar = Math.max(1, Math.abs(x(better) - x(1)));
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\""
                                    + " fill=\"%s\"/>%n",
                            left,
                            y + 3,
                            bar,
                            ROW - 6,
                            figure.isReached(ratio) ? "#2a9d5c" : "#d98032"));
            double goal = x(better(figure, figure.goal()));
            line(svg, goal, y + 1, goal, y + ROW - 1, "#111");
            text(svg, LABEL - 8, y + 15, "end", figure.workload() + " " + figure.name());
            text(
                    svg,
                    LABEL + 2.0 * HALF + 8,
                    y + 15,
                    "start",
                    String.format(Locale.ROOT, "%.2fx", better));
        }
        return Optional.of(svg.append("</svg>\n").toString());
    }

    private static double better(Figure figure, double ratio) {
        return figure.better() == Figure.Better.HIGHER ? ratio : 1 / ratio;
    }

    private static double x(double better) {
        double bounded = Math.clamp(better, 1 / LIMIT, LIMIT);
        return LABEL + HALF + HALF * Math.log(bounded) / Math.log(LIMIT);
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
                        x,
                        y,
                        anchor,
                        text.replace("&", "&amp;").replace("<", "&lt;")));
    }

    private static void line(
            StringBuilder svg, double x1, double y1, double x2, double y2, String colour) {
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>%n",
                        x1,
                        y1,
                        x2,
                        y2,
                        colour));
    }
}
