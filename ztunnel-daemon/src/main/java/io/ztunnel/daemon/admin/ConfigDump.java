package io.ztunnel.daemon.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;

import io.ztunnel.daemon.identity.CertificateDetails;
import io.ztunnel.daemon.identity.CertificateStatus;
import io.ztunnel.daemon.proxy.ConnectionSummary;
import io.ztunnel.daemon.proxy.WorkloadProxy;
import io.ztunnel.policy.Authorization;
import io.ztunnel.redirection.PodStatus;
import io.ztunnel.store.Endpoint;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.NamespacedHostname;
import io.ztunnel.store.Service;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * {@code /config_dump}: everything this ztunnel knows, in the form that istioctl reads. The four
 * lists are always there, even when empty. No private key and no token is ever part of it.
 */
public final class ConfigDump {
    private final Sources sources;

    /**
     * Where the sections come from; each is asked once per dump.
     *
     * @param config the {@code config} section: texts, numbers, lists and maps
     * @param pods null outside of shared mode
     */
    public record Sources(
            Supplier<MeshView> mesh,
            Supplier<List<CertificateStatus>> certificates,
            Supplier<? extends Map<String, ?>> config,
            Supplier<StaticConfig> staticConfig,
            @Nullable Supplier<List<PodStatus>> pods,
            Map<String, String> version) {}

    /** What a local file or the environment told, apart from what xDS says. */
    public record StaticConfig(
            List<Workload> workloads, List<Service> services, List<Authorization> policies) {
        public static final StaticConfig EMPTY = new StaticConfig(List.of(), List.of(), List.of());
    }

    public ConfigDump(Sources sources) {
        this.sources = sources;
    }

    /** Pretty-printed JSON in UTF-8; {@code out} stays open. */
    public void writeTo(OutputStream out) throws IOException {
        try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            json.useDefaultPrettyPrinter();
            new Writer(json).write();
        }
    }

    private final class Writer {
        private final JsonGenerator json;
        private final MeshDump mesh;

        Writer(JsonGenerator json) {
            this.json = json;
            this.mesh = new MeshDump(json);
        }

        void write() throws IOException {
            MeshView view = sources.mesh().get();
            json.writeStartObject();
            json.writeArrayFieldStart("certificates");
            for (CertificateStatus certificate : sortedCertificates()) {
                certificate(certificate);
            }
            json.writeEndArray();
            json.writeFieldName("config");
            value(sources.config().get());
            json.writeArrayFieldStart("policies");
            for (Authorization policy : new TreeMap<>(view.policies()).values()) {
                mesh.policy(policy);
            }
            json.writeEndArray();
            services(view);
            stagedServices(view);
            staticConfig(sources.staticConfig().get());
            json.writeFieldName("version");
            value(new TreeMap<>(sources.version()));
            Supplier<List<PodStatus>> pods = sources.pods();
            if (pods != null) {
                workloadState(pods.get());
            }
            workloads(view);
            json.writeEndObject();
        }

        private List<CertificateStatus> sortedCertificates() {
            List<CertificateStatus> sorted = new ArrayList<>(sources.certificates().get());
            sorted.sort(Comparator.comparing(CertificateStatus::identity));
            return sorted;
        }

        private void certificate(CertificateStatus status) throws IOException {
            json.writeStartObject();
            certificates("certChain", status.chain());
            json.writeStringField("identity", status.identity().toString());
            certificates("rootCerts", status.roots());
            json.writeStringField("state", status.state());
            json.writeEndObject();
        }

        private void certificates(String name, List<CertificateDetails> certificates)
                throws IOException {
            json.writeArrayFieldStart(name);
            for (CertificateDetails certificate : certificates) {
                json.writeStartObject();
                json.writeStringField("expirationTime", seconds(certificate.notAfter()));
                json.writeStringField(
                        "pem",
                        Base64.getEncoder()
                                .encodeToString(
                                        certificate.pem().getBytes(StandardCharsets.US_ASCII)));
                json.writeStringField("serialNumber", certificate.serialNumber());
                json.writeStringField("validFrom", seconds(certificate.notBefore()));
                json.writeEndObject();
            }
            json.writeEndArray();
        }

        private static String seconds(Instant time) {
            return time.truncatedTo(ChronoUnit.SECONDS).toString();
        }

        private void services(MeshView view) throws IOException {
            // Grouped by host name; the order within a group is the view's.
            List<Service> services = new ArrayList<>(view.services());
            services.sort(Comparator.comparing(Service::hostname));
            json.writeArrayFieldStart("services");
            for (Service service : services) {
                mesh.service(service, view.endpoints(service.key()));
            }
            json.writeEndArray();
        }

        private void stagedServices(MeshView view) throws IOException {
            Map<String, Map<String, Endpoint>> sorted = new TreeMap<>();
            for (Map.Entry<NamespacedHostname, Map<String, Endpoint>> staged :
                    view.stagedEndpoints().entrySet()) {
                sorted.put(staged.getKey().toString(), staged.getValue());
            }
            json.writeObjectFieldStart("stagedServices");
            for (Map.Entry<String, Map<String, Endpoint>> staged : sorted.entrySet()) {
                json.writeFieldName(staged.getKey());
                mesh.endpoints(staged.getValue());
            }
            json.writeEndObject();
        }

        private void staticConfig(StaticConfig config) throws IOException {
            json.writeObjectFieldStart("staticConfig");
            json.writeArrayFieldStart("policies");
            for (Authorization policy : config.policies()) {
                mesh.policy(policy);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("services");
            for (Service service : config.services()) {
                mesh.service(service, Map.of());
            }
            json.writeEndArray();
            json.writeArrayFieldStart("workloads");
            for (Workload workload : config.workloads()) {
                mesh.workload(workload);
            }
            json.writeEndArray();
            json.writeEndObject();
        }

        private void workloads(MeshView view) throws IOException {
            List<Workload> workloads = new ArrayList<>(view.workloads());
            workloads.sort(Comparator.comparing(Workload::uid));
            json.writeArrayFieldStart("workloads");
            for (Workload workload : workloads) {
                mesh.workload(workload);
            }
            json.writeEndArray();
        }

        private void workloadState(List<PodStatus> pods) throws IOException {
            json.writeObjectFieldStart("workloadState");
            for (PodStatus status : pods) {
                json.writeObjectFieldStart(status.pod().uid());
                if (status.proxy() instanceof WorkloadProxy proxy) {
                    json.writeObjectFieldStart("connections");
                    connections("inbound", proxy.inboundConnections());
                    connections("outbound", proxy.openOutboundConnections());
                    json.writeEndObject();
                }
                json.writeObjectFieldStart("info");
                json.writeStringField("name", status.pod().name());
                json.writeStringField("namespace", status.pod().namespace());
                json.writeStringField("serviceAccount", status.pod().serviceAccount());
                json.writeEndObject();
                json.writeStringField(
                        "state",
                        switch (status.state()) {
                            case PENDING -> "Pending";
                            case UP -> "Up";
                        });
                json.writeEndObject();
            }
            json.writeEndObject();
        }

        private void connections(String name, List<ConnectionSummary> connections)
                throws IOException {
            json.writeArrayFieldStart(name);
            for (ConnectionSummary connection : connections) {
                json.writeStartObject();
                json.writeStringField("actualDst", connection.actualDestination());
                json.writeStringField("originalDst", connection.originalDestination());
                json.writeStringField("protocol", connection.protocol());
                json.writeStringField("src", connection.source());
                json.writeEndObject();
            }
            json.writeEndArray();
        }

        private void value(@Nullable Object value) throws IOException {
            switch (value) {
                case null -> json.writeNull();
                case Map<?, ?> map -> {
                    json.writeStartObject();
                    for (Map.Entry<?, ?> entry : map.entrySet()) {
                        json.writeFieldName(String.valueOf(entry.getKey()));
                        value(entry.getValue());
                    }
                    json.writeEndObject();
                }
                case Collection<?> list -> {
                    json.writeStartArray();
                    for (Object item : list) {
                        value(item);
                    }
                    json.writeEndArray();
                }
                case Boolean flag -> json.writeBoolean(flag);
                case Integer number -> json.writeNumber(number);
                case Long number -> json.writeNumber(number);
                default -> json.writeString(value.toString());
            }
        }
    }
}
