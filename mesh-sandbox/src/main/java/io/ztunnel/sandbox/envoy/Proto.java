package io.ztunnel.sandbox.envoy;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Messages of Envoy's API in their JSON form, without their generated code. */
final class Proto {
    private static final String TYPE_URL = "type.googleapis.com/";
    private static final int MILLIS = 1_000;

    private Proto() {}

    /**
     * A message.
     *
     * @param fields names and values in turn
     */
    static Map<String, Object> of(Object... fields) {
        Map<String, Object> message = new LinkedHashMap<>();
        for (int i = 0; i < fields.length; i += 2) {
            message.put((String) fields[i], Objects.requireNonNull(fields[i + 1]));
        }
        return message;
    }

    /** A message as it stands in an {@code Any}. */
    static Map<String, Object> any(String type, Map<String, Object> message) {
        Map<String, Object> any = of("@type", TYPE_URL + type);
        any.putAll(message);
        return any;
    }

    static Map<String, Object> extension(String name, String type, Object... fields) {
        return of("name", name, "typed_config", any(type, of(fields)));
    }

    static String duration(Duration duration) {
        long millis = duration.toMillis();
        return "%d.%03ds".formatted(millis / MILLIS, millis % MILLIS);
    }
}
