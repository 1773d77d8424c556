package io.ztunnel.xds;

import io.ztunnel.store.PortMap;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A mapping with known keys, read key by key. */
final class YamlMap {
    private static final int MAX_PORT = 0xffff;

    /** Reads the value of a key. */
    interface Reader<T> {
        T read(YamlNode node) throws LocalConfigException;
    }

    private final YamlNode node;
    private final Map<String, YamlNode> values;

    private YamlMap(YamlNode node, Map<String, YamlNode> values) {
        this.node = node;
        this.values = values;
    }

    /** Any other key is an error. */
    static YamlMap strict(YamlNode node, Set<String> keys) throws LocalConfigException {
        return new YamlMap(node, node.map(keys));
    }

    /** Other keys are ignored. */
    static YamlMap lenient(YamlNode node) throws LocalConfigException {
        return new YamlMap(node, node.map());
    }

    YamlNode required(String key) throws LocalConfigException {
        YamlNode value = optional(key);
        if (value == null) {
            throw node.error("the key " + key + " is missing");
        }
        return value;
    }

    @Nullable YamlNode optional(String key) {
        YamlNode value = values.get(key);
        return value == null || value.isNull() ? null : value;
    }

    String text(String key) throws LocalConfigException {
        YamlNode value = optional(key);
        return value == null ? "" : value.text();
    }

    boolean flag(String key) throws LocalConfigException {
        YamlNode value = optional(key);
        return value != null && value.bool();
    }

    <T> T oneOf(String key, Map<String, T> choices, T whenAbsent) throws LocalConfigException {
        YamlNode value = optional(key);
        return value == null ? whenAbsent : value.oneOf(choices);
    }

    /** Empty when the key is absent. */
    <T> List<T> list(String key, Reader<T> reader) throws LocalConfigException {
        YamlNode value = optional(key);
        return value == null ? List.of() : items(value, reader);
    }

    static <T> List<T> items(YamlNode node, Reader<T> reader) throws LocalConfigException {
        List<T> items = new ArrayList<>();
        for (YamlNode item : node.list()) {
            items.add(reader.read(item));
        }
        return List.copyOf(items);
    }

    static PortMap ports(YamlNode node) throws LocalConfigException {
        Map<Integer, Integer> ports = new LinkedHashMap<>();
        for (Map.Entry<String, YamlNode> entry : node.map().entrySet()) {
            YamlNode target = entry.getValue();
            ports.put(target.number(entry.getKey(), MAX_PORT), target.number(MAX_PORT));
        }
        return PortMap.of(ports);
    }

    static int port(YamlNode node) throws LocalConfigException {
        return node.number(MAX_PORT);
    }
}
