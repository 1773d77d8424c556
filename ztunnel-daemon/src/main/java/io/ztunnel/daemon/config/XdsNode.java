package io.ztunnel.daemon.config;

import com.fasterxml.jackson.jr.ob.JSON;
import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Who we say we are to the discovery server: the node of the first request on a stream. */
public record XdsNode(String id, Struct metadata) {
    private static final String JSON_PREFIX = "ISTIO_METAJSON_";

    static XdsNode of(Environment env, Map<String, String> proxyMetadata, Consumer<String> warn) {
        String ip = env.get(Knobs.INSTANCE_IP, "1.1.1.1");
        String name = env.get(Knobs.POD_NAME, "");
        String namespace = env.get(Knobs.POD_NAMESPACE, "");

        Struct.Builder metadata = Struct.newBuilder();
        metadata.putFields("NAME", text(name));
        metadata.putFields("NAMESPACE", text(namespace));
        // A text: istiod refuses a node whose addresses come as a JSON list.
        metadata.putFields("INSTANCE_IPS", text(ip));
        metadata.putFields("NODE_NAME", text(env.get(Knobs.NODE_NAME, "")));
        proxyMetadata.forEach((key, value) -> metadata.putFields(key, text(value)));
        env.withPrefix(JSON_PREFIX)
                .forEach(
                        (key, json) -> {
                            try {
                                metadata.putFields(key, value(JSON.std.anyFrom(json)));
                            } catch (IOException e) {
                                warn.accept(JSON_PREFIX + key + " is ignored, it is no valid JSON");
                            }
                        });
        // The suffix does not follow CLUSTER_DOMAIN: istiod never looks at it.
        String id =
                "ztunnel~%s~%s.%s~%s.svc.cluster.local".formatted(ip, name, namespace, namespace);
        return new XdsNode(id, metadata.build());
    }

    private static Value text(String text) {
        return Value.newBuilder().setStringValue(text).build();
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
