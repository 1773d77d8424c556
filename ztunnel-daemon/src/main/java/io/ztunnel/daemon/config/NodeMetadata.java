package io.ztunnel.daemon.config;

import com.fasterxml.jackson.jr.ob.JSON;
import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What the configuration adds to the metadata of our xDS node. */
final class NodeMetadata {
    private static final String JSON_PREFIX = "ISTIO_METAJSON_";

    private NodeMetadata() {}

    /**
     * @param proxyMetadata texts; a JSON value of the environment wins over one of the same name
     * @param warn told of each value that is ignored
     */
    static Map<String, Value> of(
            Environment env, Map<String, String> proxyMetadata, Consumer<String> warn) {
        Map<String, Value> metadata = new HashMap<>();
        proxyMetadata.forEach((key, text) -> metadata.put(key, value(text)));
        env.withPrefix(JSON_PREFIX)
                .forEach(
                        (key, json) -> {
                            try {
                                metadata.put(key, value(JSON.std.anyFrom(json)));
                            } catch (IOException e) {
                                warn.accept(JSON_PREFIX + key + " is ignored, it is no valid JSON");
                            }
                        });
        return metadata;
    }

    private static Value value(@Nullable Object json) {
        Value.Builder value = Value.newBuilder();
        switch (json) {
            case null -> value.setNullValue(NullValue.NULL_VALUE);
            case Boolean bool -> value.setBoolValue(bool);
            case Number number -> value.setNumberValue(number.doubleValue());
            case Map<?, ?> map -> {
                Struct.Builder fields = Struct.newBuilder();
                map.forEach((name, field) -> fields.putFields(String.valueOf(name), value(field)));
                value.setStructValue(fields);
            }
            case List<?> list -> {
                ListValue.Builder items = ListValue.newBuilder();
                list.forEach(item -> items.addValues(value(item)));
                value.setListValue(items);
            }
            case Object other -> value.setStringValue(other.toString());
        }
        return value.build();
    }
}
