package io.ztunnel.bench.micro;

import com.fasterxml.jackson.jr.ob.JSON;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a run of the benchmarks measured, and on what machine.
 *
 * @param machine free text by name
 * @param measurements by benchmark
 */
record Results(Map<String, String> machine, SortedMap<String, Measurement> measurements) {
    /** Of one operation. */
    record Measurement(double nanos, double bytes) {}

    /**
     * @throws IOException when the text is not what {@link #toJson} wrote
     */
    static Results parse(String json) throws IOException {
        Map<String, Object> root = JSON.std.mapFrom(json);
        Map<String, String> machine = new LinkedHashMap<>();
        object(root, "machine").forEach((name, value) -> machine.put(name, value.toString()));
        SortedMap<String, Measurement> measurements = new TreeMap<>();
        Map<String, Object> benchmarks = object(root, "benchmarks");
        for (String name : benchmarks.keySet()) {
            Map<String, Object> measured = object(benchmarks, name);
            measurements.put(
                    name, new Measurement(number(measured, "ns"), number(measured, "bytes")));
        }
        return new Results(machine, measurements);
    }

    @SuppressWarnings("unchecked") // keys of JSON objects are strings
    private static Map<String, Object> object(Map<String, Object> parent, String name)
            throws IOException {
        if (parent.get(name) instanceof Map<?, ?> object) {
            return (Map<String, Object>) object;
        }
        throw new IOException("no object \"" + name + "\"");
    }

    private static double number(Map<String, Object> parent, String name) throws IOException {
        if (parent.get(name) instanceof Number number) {
            return number.doubleValue();
        }
        throw new IOException("no number \"" + name + "\"");
    }

    String toJson() throws IOException {
        Map<String, Object> benchmarks = new LinkedHashMap<>();
        measurements.forEach(
                (name, measured) -> {
                    Map<String, Object> values = new LinkedHashMap<>();
                    values.put("ns", rounded(measured.nanos()));
                    values.put("bytes", rounded(measured.bytes()));
                    benchmarks.put(name, values);
                });
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("machine", machine);
        root.put("benchmarks", benchmarks);
        return JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(root) + "\n";
    }

    private static double rounded(double value) {
        return Math.round(value * 10) / 10.0;
    }

    /** These, and in their place those of a newer run that has some of them. */
    Results updatedBy(Results newer) {
        SortedMap<String, Measurement> merged = new TreeMap<>(measurements);
        merged.putAll(newer.measurements);
        return new Results(newer.machine, merged);
    }
}
