package io.ztunnel.sandbox.cluster;

import com.fasterxml.jackson.jr.ob.JSON;

import io.ztunnel.sandbox.cluster.ClusterMemory.PodPlace;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A {@link ClusterMemory} as a JSON file. One process at a time may write it. */
public final class ClusterMemoryFile {
    private static final int MAX_BYTES = 64 << 20;

    private ClusterMemoryFile() {}

    /**
     * An absent file is an empty memory.
     *
     * @throws IOException when the file is there and cannot be read or is not what {@link #save}
     *     wrote
     */
    public static ClusterMemory load(Path file) throws IOException {
        byte[] bytes;
        try (var in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES);
        } catch (NoSuchFileException e) {
            return ClusterMemory.EMPTY;
        }
        Map<String, Object> json = JSON.std.mapFrom(bytes);
        var nodes = new TreeMap<String, Integer>();
        section(json, "nodes")
                .forEach(
                        (name, number) -> {
                            if (number instanceof Integer n) {
                                nodes.put(name, n);
                            }
                        });
        var pods = new TreeMap<String, PodPlace>();
        section(json, "pods")
                .forEach(
                        (name, place) -> {
                            if (place instanceof Map<?, ?> map
                                    && map.get("node") instanceof String node) {
                                pods.put(name, new PodPlace(node, strings(map.get("addresses"))));
                            }
                        });
        var services = new TreeMap<String, List<String>>();
        section(json, "services").forEach((name, ips) -> services.put(name, strings(ips)));
        var gateways = new TreeMap<String, List<String>>();
        section(json, "gateways").forEach((name, list) -> gateways.put(name, strings(list)));
        var entries = new TreeMap<String, List<String>>();
        section(json, "serviceEntries").forEach((name, ips) -> entries.put(name, strings(ips)));
        return new ClusterMemory(nodes, pods, services, gateways, entries);
    }

    /** Replaces the file in one step: a reader, or a crash, sees the old one or the new one. */
    public static void save(Path file, ClusterMemory memory) throws IOException {
        Map<String, Object> pods = new LinkedHashMap<>();
        memory.pods()
                .forEach(
                        (name, place) -> {
                            Map<String, Object> fields = new LinkedHashMap<>();
                            fields.put("node", place.node());
                            fields.put("addresses", place.addresses());
                            pods.put(name, fields);
                        });
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("nodes", memory.nodes());
        json.put("pods", pods);
        json.put("services", memory.services());
        json.put("gateways", memory.gateways());
        json.put("serviceEntries", memory.serviceEntries());
        byte[] bytes =
                JSON.std
                        .with(JSON.Feature.PRETTY_PRINT_OUTPUT)
                        .asString(json)
                        .getBytes(StandardCharsets.UTF_8);
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.write(next, bytes);
        try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
            channel.force(true); // a rename may reach the disk before the bytes do
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static Map<String, Object> section(Map<String, Object> json, String name) {
        Map<String, Object> section = new TreeMap<>();
        if (json.get(name) instanceof Map<?, ?> map) {
            map.forEach((key, value) -> section.put((String) key, value));
        }
        return section;
    }

    private static List<String> strings(@Nullable Object list) {
        List<String> strings = new ArrayList<>();
        if (list instanceof List<?> elements) {
            elements.stream()
                    .filter(String.class::isInstance)
                    .forEach(element -> strings.add((String) element));
        }
        return strings;
    }
}
