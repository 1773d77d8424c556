package io.ztunnel.daemon.cli;

import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;

/**
 * Left-aligned columns as istioctl prints them: each cell padded to the longest of its column plus
 * some spaces, the last of a row not padded. Characters that control a terminal are shown, not
 * sent.
 */
final class Table {
    private final int padding;
    private final List<String[]> rows = new ArrayList<>();
    private final int[] widths;

    /**
     * @param padding spaces between the longest cell of a column and the next column
     */
    Table(int padding, String... header) {
        this.padding = padding;
        this.widths = new int[header.length];
        row(header);
    }

    /** As many cells as the header has. */
    void row(String... cells) {
        if (cells.length != widths.length) {
            throw new IllegalArgumentException(
                    cells.length + " cells for " + widths.length + " columns");
        }
        String[] row = new String[cells.length];
        for (int i = 0; i < cells.length; i++) {
            row[i] = printable(cells[i]);
            widths[i] = Math.max(widths[i], width(row[i]));
        }
        rows.add(row);
    }

    void writeTo(Writer out) throws IOException {
        StringBuilder line = new StringBuilder();
        for (String[] row : rows) {
            line.setLength(0);
            for (int i = 0; i < row.length; i++) {
                line.append(row[i]);
                if (i < row.length - 1) {
                    line.repeat(' ', widths[i] + padding - width(row[i]));
                }
            }
            out.append(line.append('\n'));
        }
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }

    private static String printable(String cell) {
        if (cell.chars().noneMatch(Character::isISOControl)) {
            return cell;
        }
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < cell.length(); i++) {
            char c = cell.charAt(i);
            if (Character.isISOControl(c)) {
                shown.append(String.format("\\x%02x", (int) c));
            } else {
                shown.append(c);
            }
        }
        return shown.toString();
    }
}
