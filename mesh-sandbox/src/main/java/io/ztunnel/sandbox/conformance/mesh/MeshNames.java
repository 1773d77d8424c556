package io.ztunnel.sandbox.conformance.mesh;

import com.google.protobuf.ByteString;

import io.netty.util.NetUtil;
import io.ztunnel.api.workload.Locality;
import io.ztunnel.api.workload.TunnelProtocol;
import io.ztunnel.api.workload.Workload;
import io.ztunnel.api.workload.WorkloadType;
import io.ztunnel.sandbox.conformance.scenario.MeshSpec;
import io.ztunnel.sandbox.conformance.scenario.MeshSpec.PodSpec;
import io.ztunnel.sandbox.conformance.scenario.Names;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Names of pods, nodes and services, and what the control plane says of the pods. */
public final class MeshNames implements Names {
    private final MeshSpec spec;
    private final AddressPlan addresses;

    MeshNames(MeshSpec spec, AddressPlan addresses) {
        this.spec = spec;
        this.addresses = addresses;
    }

    @Override
    public List<String> values(String name, String property) {
        return switch (property) {
            case "" -> List.of(host(addresses.target(name)));
            case "ip" -> List.of(NetUtil.toAddressString(addresses.target(name)));
            case "ip4" -> List.of(NetUtil.toAddressString(addresses.target(name, false)));
            case "ip6" -> List.of(NetUtil.toAddressString(addresses.target(name, true)));
            case "ips" -> addresses.of(name).stream().map(NetUtil::toAddressString).toList();
            case "bits" -> List.of(addresses.target(name) instanceof Inet6Address ? "128" : "32");
            case "hex" -> List.of(HexFormat.of().formatHex(addresses.target(name).getAddress()));
            case "atyp" -> List.of(addresses.target(name) instanceof Inet6Address ? "04" : "01");
            case "rr" -> List.of(addresses.target(name) instanceof Inet6Address ? "AAAA" : "A");
            case "identity" ->
                    List.of(
                            spec.pods().stream()
                                    .filter(pod -> pod.name().equals(name))
                                    .map(PodSpec::identity)
                                    .findFirst()
                                    .orElseThrow(
                                            () ->
                                                    new IllegalArgumentException(
                                                            "there is no pod " + name)));
            default -> throw new IllegalArgumentException(name + " has no ." + property);
        };
    }

    private static String host(InetAddress address) {
        String text = NetUtil.toAddressString(address);
        return address instanceof Inet6Address ? "[" + text + "]" : text;
    }

    List<Workload> workloads() {
        return spec.pods().stream()
                .filter(pod -> pod.kind() != MeshSpec.Kind.UNKNOWN)
                .map(this::workload)
                .toList();
    }

    /** What the control plane says of a pod, or would say. */
    public Optional<Workload> workload(String name) {
        return spec.pods().stream()
                .filter(pod -> pod.name().equals(name))
                .map(this::workload)
                .findFirst();
    }

    private Workload workload(PodSpec pod) {
        Workload.Builder builder =
                Workload.newBuilder()
                        .setUid(pod.uid())
                        .setName(pod.name())
                        .setNamespace(pod.namespace())
                        .setServiceAccount(pod.serviceAccount())
                        .setNode(pod.node())
                        .setClusterId("Kubernetes")
                        .setWorkloadName(pod.name() + "-deployment")
                        .setWorkloadType(WorkloadType.DEPLOYMENT)
                        .setCanonicalName(pod.name() + "-canonical")
                        .setCanonicalRevision("v1")
                        .setLocality(Locality.newBuilder().setRegion("r1").setZone("z1"));
        if (pod.kind() == MeshSpec.Kind.HBONE) {
            builder.setTunnelProtocol(TunnelProtocol.HBONE);
        }
        addresses
                .of(pod.name())
                .forEach(a -> builder.addAddresses(ByteString.copyFrom(a.getAddress())));
        return builder.build();
    }
}
