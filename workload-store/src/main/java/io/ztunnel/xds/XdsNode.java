package io.ztunnel.xds;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;

import java.util.LinkedHashMap;
import java.util.Map;

/** Who we are to the control plane. */
public record XdsNode(String id, Struct metadata) {
    /**
     * The node as istiod parses it. Its id always ends in {@code cluster.local}, whatever the
     * cluster's domain; istiod insists on the four parts, not on their truth.
     *
     * @param ip of this instance
     * @param extra further metadata; wins over what the other arguments say
     */
    public static XdsNode of(
            String ip,
            String podName,
            String podNamespace,
            String nodeName,
            Map<String, Value> extra) {
        Map<String, Value> metadata = new LinkedHashMap<>();
        metadata.put("NAME", text(podName));
        metadata.put("NAMESPACE", text(podNamespace));
        metadata.put("INSTANCE_IPS", text(ip));
        metadata.put("NODE_NAME", text(nodeName));
        metadata.putAll(extra);
        String id =
                "ztunnel~%s~%s.%s~%s.svc.cluster.local"
                        .formatted(ip, podName, podNamespace, podNamespace);
        return new XdsNode(id, Struct.newBuilder().putAllFields(metadata).build());
    }

    public static Value text(String value) {
        return Value.newBuilder().setStringValue(value).build();
    }
}
