package io.ztunnel.daemon.admin;

import com.google.protobuf.CodedOutputStream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Samples of CPU time in the format of pprof: {@code profile.proto} of google/pprof, of which the
 * field numbers are. Equal stacks are one sample, with their number.
 */
final class PprofProfile {
    private static final int SAMPLE_TYPE = 1;
    private static final int SAMPLE = 2;
    private static final int LOCATION = 4;
    private static final int FUNCTION = 5;
    private static final int STRING = 6;
    private static final int TIME_NANOS = 9;
    private static final int DURATION_NANOS = 10;
    private static final int PERIOD_TYPE = 11;
    private static final int PERIOD = 12;

    /** Where a thread was: a method and a line in it, 0 if unknown. */
    record Frame(String method, String file, int line) {}

    private record Function(String method, String file) {}

    private final Duration period;
    private final Map<List<Frame>, Integer> stacks = new LinkedHashMap<>();
    private final Map<String, Integer> strings = new LinkedHashMap<>();

    /**
     * @param period CPU time between two samples
     */
    PprofProfile(Duration period) {
        this.period = period;
        string(""); // the first is always that
    }

    /**
     * @param stack the innermost frame first
     */
    void add(List<Frame> stack) {
        stacks.merge(stack, 1, Integer::sum);
    }

    /** One piece of a message. */
    @FunctionalInterface
    private interface Fields {
        void write(CodedOutputStream out) throws IOException;
    }

    void writeTo(OutputStream stream, Instant begin, Duration duration) throws IOException {
        CodedOutputStream out = CodedOutputStream.newInstance(stream);
        valueType(out, SAMPLE_TYPE, "samples", "count");
        valueType(out, SAMPLE_TYPE, "cpu", "nanoseconds");
        Map<Frame, Integer> locations = new LinkedHashMap<>();
        for (Map.Entry<List<Frame>, Integer> stack : stacks.entrySet()) {
            List<Integer> ids = new ArrayList<>();
            for (Frame frame : stack.getKey()) {
                ids.add(number(locations, frame));
            }
            long count = stack.getValue();
            message(
                    out,
                    SAMPLE,
                    sample -> {
                        for (int id : ids) {
                            sample.writeUInt64(1, id);
                        }
                        sample.writeInt64(2, count);
                        sample.writeInt64(2, count * period.toNanos());
                    });
        }
        Map<Function, Integer> functions = new LinkedHashMap<>();
        for (Map.Entry<Frame, Integer> location : locations.entrySet()) {
            Frame frame = location.getKey();
            int function = number(functions, new Function(frame.method(), frame.file()));
            message(
                    out,
                    LOCATION,
                    fields -> {
                        fields.writeUInt64(1, location.getValue());
                        message(
                                fields,
                                4,
                                line -> {
                                    line.writeUInt64(1, function);
                                    line.writeInt64(2, frame.line());
                                });
                    });
        }
        for (Map.Entry<Function, Integer> function : functions.entrySet()) {
            message(
                    out,
                    FUNCTION,
                    fields -> {
                        int name = string(function.getKey().method());
                        fields.writeUInt64(1, function.getValue());
                        fields.writeInt64(2, name);
                        fields.writeInt64(3, name);
                        fields.writeInt64(4, string(function.getKey().file()));
                    });
        }
        valueType(out, PERIOD_TYPE, "cpu", "nanoseconds");
        for (String text : strings.keySet()) {
            out.writeString(STRING, text);
        }
        out.writeInt64(TIME_NANOS, begin.getEpochSecond() * 1_000_000_000L + begin.getNano());
        out.writeInt64(DURATION_NANOS, duration.toNanos());
        out.writeInt64(PERIOD, period.toNanos());
        out.flush();
    }

    private void valueType(CodedOutputStream out, int field, String type, String unit)
            throws IOException {
        message(
                out,
                field,
                fields -> {
                    fields.writeInt64(1, string(type));
                    fields.writeInt64(2, string(unit));
                });
    }

    private static void message(CodedOutputStream out, int field, Fields fields)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream inner = CodedOutputStream.newInstance(bytes);
        fields.write(inner);
        inner.flush();
        out.writeByteArray(field, bytes.toByteArray());
    }

    private int string(String text) {
        strings.putIfAbsent(text, strings.size());
        return strings.getOrDefault(text, 0);
    }

    /** Counts from 1: 0 means none. */
    private static <K> int number(Map<K, Integer> numbers, K key) {
        numbers.putIfAbsent(key, numbers.size() + 1);
        return numbers.getOrDefault(key, 0);
    }
}
