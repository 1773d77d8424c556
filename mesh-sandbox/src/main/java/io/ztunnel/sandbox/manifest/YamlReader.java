package io.ztunnel.sandbox.manifest;

import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * Reads the documents of a text one by one: the text is cut at its {@code ---} lines first, as
 * kubectl does, so that a syntax error ends its own document and no other.
 */
final class YamlReader {
    private YamlReader() {}

    /** What one document gave. */
    sealed interface Result {
        /** A document and its 1-based number. */
        record Good(YamlDocument document, int number) implements Result {}

        /** A document that cannot be read. */
        record Bad(int line, String reason) implements Result {}
    }

    /** Never throws; empty documents give nothing. */
    static List<Result> read(String text) {
        List<Result> results = new ArrayList<>();
        int number = 0;
        for (Piece piece : pieces(text)) {
            number++;
            results.addAll(parse(piece, number));
        }
        return results;
    }

    /** A part of the text and the number of lines before it. */
    private record Piece(String text, int lineOffset) {}

    private static List<Piece> pieces(String text) {
        List<Piece> pieces = new ArrayList<>();
        StringBuilder piece = new StringBuilder();
        int start = 0;
        int line = 0;
        boolean content = false;
        for (String s : text.split("\n", -1)) {
            boolean separator =
                    s.startsWith("---") && (s.length() == 3 || Character.isWhitespace(s.charAt(3)));
            if (separator) {
                if (content) {
                    pieces.add(new Piece(piece.toString(), start));
                }
                piece.setLength(0);
                start = line;
                content = s.length() > 3 && isContent(s.substring(3));
            } else {
                content |= isContent(s);
            }
            piece.append(s).append('\n');
            line++;
        }
        if (content) {
            pieces.add(new Piece(piece.toString(), start));
        }
        return pieces;
    }

    private static boolean isContent(String line) {
        String stripped = line.strip();
        return !stripped.isEmpty() && stripped.charAt(0) != '#' && !line.startsWith("%");
    }

    private static List<Result> parse(Piece piece, int number) {
        List<Result> results = new ArrayList<>();
        try {
            LoadSettings settings = LoadSettings.builder().setUseMarks(true).build();
            Iterator<Event> events = new Parse(settings).parseString(piece.text()).iterator();
            while (events.hasNext()) {
                if (events.next().getEventId() == Event.ID.DocumentStart) {
                    new YamlComposer(events, piece.lineOffset())
                            .document()
                            .ifPresent(d -> results.add(new Result.Good(d, number)));
                }
            }
        } catch (BadYamlException e) {
            results.add(new Result.Bad(e.line(), e.reason()));
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
            results.add(new Result.Bad(piece.lineOffset() + line, "not YAML: " + e.getProblem()));
        } catch (YamlEngineException | NoSuchElementException e) {
            String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            results.add(new Result.Bad(piece.lineOffset() + 1, "not YAML: " + first));
        }
        return results;
    }
}
