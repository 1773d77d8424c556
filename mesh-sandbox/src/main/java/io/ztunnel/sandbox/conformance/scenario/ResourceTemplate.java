package io.ztunnel.sandbox.conformance.scenario;

import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.workload.Address;
import io.ztunnel.api.workload.Service;
import io.ztunnel.api.workload.Workload;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A resource of xDS with names in place of addresses. A workload with {@code pod: NAME} starts from
 * what the mesh says of that pod.
 */
public final class ResourceTemplate {
    private enum Kind {
        WORKLOAD,
        SERVICE,
        AUTHORIZATION
    }

    /** Stands for every name when only the form is looked at. */
    private static final Names ANYTHING =
            (name, property) -> List.of(property.equals("bits") ? "32" : "192.0.2.1");

    private final Kind kind;
    private final Map<String, Item> fields;
    private final Optional<Item> pod;

    private ResourceTemplate(Kind kind, Map<String, Item> fields, Optional<Item> pod) {
        this.kind = kind;
        this.fields = fields;
        this.pod = pod;
    }

    /**
     * @throws BadScenarioException when it could not be made into a message
     */
    public static ResourceTemplate read(Item item) {
        Map<String, Item> choice = item.fields();
        if (choice.size() != 1) {
            throw item.error("expected one of workload, service, authorization");
        }
        Map.Entry<String, Item> only = choice.entrySet().iterator().next();
        Kind kind =
                switch (only.getKey()) {
                    case "workload" -> Kind.WORKLOAD;
                    case "service" -> Kind.SERVICE;
                    case "authorization" -> Kind.AUTHORIZATION;
                    default ->
                            throw only.getValue()
                                    .error("is not one of workload, service, authorization");
                };
        Map<String, Item> fields = new LinkedHashMap<>(only.getValue().fields());
        Optional<Item> pod =
                kind == Kind.WORKLOAD
                        ? Optional.ofNullable(fields.remove("pod"))
                        : Optional.empty();
        ResourceTemplate template = new ResourceTemplate(kind, fields, pod);
        template.build(ANYTHING, name -> Optional.of(Workload.getDefaultInstance()));
        return template;
    }

    /**
     * @param pods what the mesh says of a pod
     */
    public XdsResource build(Names names, Function<String, Optional<Workload>> pods) {
        ProtoReader reader = new ProtoReader(names);
        return switch (kind) {
            case WORKLOAD -> {
                Workload.Builder builder = base(pods).toBuilder();
                reader.merge(fields, builder);
                yield XdsResource.of(builder.build());
            }
            case SERVICE -> {
                Service.Builder builder = Service.newBuilder();
                reader.merge(fields, builder);
                Service service = builder.build();
                yield new XdsResource(
                        XdsResource.ADDRESS,
                        service.getNamespace() + "/" + service.getHostname(),
                        Address.newBuilder().setService(service).build().toByteString());
            }
            case AUTHORIZATION -> {
                Authorization.Builder builder = Authorization.newBuilder();
                reader.merge(fields, builder);
                Authorization policy = builder.build();
                yield new XdsResource(
                        XdsResource.AUTHORIZATION,
                        policy.getNamespace() + "/" + policy.getName(),
                        policy.toByteString());
            }
        };
    }

    private Workload base(Function<String, Optional<Workload>> pods) {
        return pod.map(
                        item ->
                                pods.apply(item.text())
                                        .orElseThrow(() -> item.error("there is no such pod")))
                .orElse(Workload.getDefaultInstance());
    }
}
