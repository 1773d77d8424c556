package io.ztunnel.daemon.config;

import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * The few fields of Istio's ProxyConfig that concern us: the mesh config file's {@code
 * defaultConfig}, overridden field by field by {@code PROXY_CONFIG}, with all {@code ISTIO_META_*}
 * variables laid over its metadata.
 *
 * @param metadata names without their {@code ISTIO_META_} prefix
 */
record ProxyConfig(
        @Nullable String discoveryAddress,
        int adminPort,
        int statsPort,
        @Nullable Integer concurrency,
        Map<String, String> metadata) {
    static final String MESH_FILE = "./etc/istio/config/mesh";
    static final String META_PREFIX = "ISTIO_META_";
    private static final int MAX_CODE_POINTS = 1 << 20;
    private static final int MAX_PORT = 65_535;

    static ProxyConfig read(Environment env, FileProbe files) {
        Fields mesh = new Fields(MESH_FILE, Map.of());
        try {
            String text = files.read(MESH_FILE);
            if (text != null) {
                mesh = new Fields(MESH_FILE, yaml(MESH_FILE, text)).section("defaultConfig");
            }
        } catch (IOException e) {
            throw ConfigException.invalid(MESH_FILE, "cannot be read: " + e.getMessage());
        }
        String variable = Knobs.PROXY_CONFIG.name();
        String own = env.nonEmpty(Knobs.PROXY_CONFIG);
        Fields proxy = new Fields(variable, own == null ? Map.of() : yaml(variable, own));

        Map<String, String> metadata = new TreeMap<>(mesh.metadata());
        metadata.putAll(proxy.metadata());
        Map<String, String> plain = new TreeMap<>();
        metadata.forEach((name, value) -> plain.put(withoutPrefix(name), value));
        plain.putAll(env.withPrefix(META_PREFIX));

        String discovery = proxy.text("discoveryAddress");
        Integer concurrency = proxy.number("concurrency", MAX_PORT);
        return new ProxyConfig(
                discovery != null ? discovery : mesh.text("discoveryAddress"),
                port("proxyAdminPort", proxy, mesh, 15000),
                port("statsPort", proxy, mesh, 15020),
                concurrency != null ? concurrency : mesh.number("concurrency", MAX_PORT),
                Map.copyOf(plain));
    }

    private static String withoutPrefix(String name) {
        return name.startsWith(META_PREFIX) ? name.substring(META_PREFIX.length()) : name;
    }

    private static int port(String field, Fields proxy, Fields mesh, int fallback) {
        Integer own = proxy.number(field, MAX_PORT);
        Integer inherited = own != null ? own : mesh.number(field, MAX_PORT);
        return inherited != null ? inherited : fallback;
    }

    private static Map<?, ?> yaml(String source, String text) {
        LoadSettings settings =
                LoadSettings.builder()
                        .setLabel(source)
                        .setCodePointLimit(MAX_CODE_POINTS)
                        .setAllowDuplicateKeys(false)
                        .build();
        try {
            return switch (new Load(settings).loadFromString(text)) {
                case null -> Map.of();
                case Map<?, ?> map -> map;
                case Object other ->
                        throw ConfigException.invalid(
                                source, "expected a YAML mapping, not " + other);
            };
        } catch (YamlEngineException e) {
            throw ConfigException.invalid(source, "is no valid YAML: " + e.getMessage());
        }
    }

    /** Typed access to a parsed mapping; {@code source} is named in errors. */
    private record Fields(String source, Map<?, ?> values) {
        Fields section(String name) {
            return switch (values.get(name)) {
                case null -> new Fields(source, Map.of());
                case Map<?, ?> map -> new Fields(source, map);
                case Object other -> throw wrong(name, other, "a mapping");
            };
        }

        @Nullable String text(String name) {
            return switch (values.get(name)) {
                case null -> null;
                case String text -> text;
                case Object other -> throw wrong(name, other, "a text");
            };
        }

        @Nullable Integer number(String name, int max) {
            return switch (values.get(name)) {
                case null -> null;
                case Integer number when number >= 0 && number <= max -> number;
                case Object other -> throw wrong(name, other, "a whole number from 0 to " + max);
            };
        }

        Map<String, String> metadata() {
            Map<String, String> texts = new TreeMap<>();
            section("proxyMetadata")
                    .values()
                    .forEach(
                            (name, value) -> {
                                if (!(name instanceof String key)
                                        || !(value instanceof String text)) {
                                    throw wrong("proxyMetadata." + name, value, "a text");
                                }
                                texts.put(key, text);
                            });
            return texts;
        }

        private ConfigException wrong(String name, @Nullable Object value, String expected) {
            return ConfigException.badValue(source + " " + name, String.valueOf(value), expected);
        }
    }
}
