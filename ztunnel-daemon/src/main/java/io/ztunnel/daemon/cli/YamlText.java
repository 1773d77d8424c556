package io.ztunnel.daemon.cli;

import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.StreamDataWriter;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.emitter.Emitter;
import org.snakeyaml.engine.v2.events.DocumentEndEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.ImplicitTuple;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.events.StreamEndEvent;
import org.snakeyaml.engine.v2.events.StreamStartEvent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * YAML as istioctl prints it: block style, sorted keys, and quotes around a string that YAML 1.1
 * would take for something else.
 */
final class YamlText {
    private static final ImplicitTuple IMPLICIT = new ImplicitTuple(true, true);
    private static final DumpSettings SETTINGS =
            DumpSettings.builder().setWidth(80).setMaxSimpleKeyLength(129).build();

    private final Emitter emitter;

    private YamlText(Writer out) {
        this.emitter = new Emitter(SETTINGS, new Sink(out));
    }

    /** A value of a {@link JsonObject}, and two line breaks. */
    static void write(@Nullable Object value, Writer out) throws IOException {
        try {
            new YamlText(out).document(value);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        out.write('\n');
    }

    private void document(@Nullable Object value) {
        emitter.emit(new StreamStartEvent());
        emitter.emit(new DocumentStartEvent(false, Optional.empty(), Map.of()));
        emit(value);
        emitter.emit(new DocumentEndEvent(false));
        emitter.emit(new StreamEndEvent());
    }

    private void emit(@Nullable Object value) {
        switch (value) {
            case null -> scalar("null", ScalarStyle.PLAIN);
            case JsonObject object -> mapping(object);
            case List<?> items -> {
                emitter.emit(
                        new SequenceStartEvent(
                                Optional.empty(), Optional.empty(), true, FlowStyle.BLOCK));
                items.forEach(this::emit);
                emitter.emit(new SequenceEndEvent());
            }
            case String text -> text(text);
            default -> scalar(value.toString(), ScalarStyle.PLAIN);
        }
    }

    private void mapping(JsonObject object) {
        emitter.emit(
                new MappingStartEvent(Optional.empty(), Optional.empty(), true, FlowStyle.BLOCK));
        // Not a sort: the order is not quite one (a11, a100, a10b), and a sort may notice.
        Map<String, Integer> order = new TreeMap<>(YamlKeyOrder.ORDER);
        for (int i = 0; i < object.size(); i++) {
            order.put(object.key(i), i);
        }
        for (Map.Entry<String, Integer> entry : order.entrySet()) {
            text(entry.getKey());
            emit(object.value(entry.getValue()));
        }
        emitter.emit(new MappingEndEvent());
    }

    private void text(String text) {
        if (text.indexOf('\n') >= 0) {
            scalar(text, ScalarStyle.LITERAL);
        } else if (YamlPlain.isOther(text)) {
            scalar(text, ScalarStyle.DOUBLE_QUOTED);
        } else {
            scalar(text, ScalarStyle.PLAIN);
        }
    }

    private void scalar(String text, ScalarStyle style) {
        emitter.emit(new ScalarEvent(Optional.empty(), Optional.empty(), IMPLICIT, text, style));
    }

    private record Sink(Writer out) implements StreamDataWriter {
        @Override
        public void write(String text) {
            write(text, 0, text.length());
        }

        @Override
        public void write(String text, int offset, int length) {
            try {
                out.write(text, offset, length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
