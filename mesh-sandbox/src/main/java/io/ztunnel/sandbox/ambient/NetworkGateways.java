package io.ztunnel.sandbox.ambient;

import com.google.protobuf.ByteString;

import io.ztunnel.api.workload.GatewayAddress;
import io.ztunnel.api.workload.NamespacedHostname;
import io.ztunnel.api.workload.NetworkAddress;
import io.ztunnel.api.workload.Workload;
import io.ztunnel.sandbox.manifest.IpLiteral;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where other networks are entered: Gateways of class {@code istio-remote}. */
final class NetworkGateways {
    private static final String CLASS = "istio-remote";
    private static final String NETWORK = "topology.istio.io/network";
    private static final String SERVICE_ACCOUNT = "gateway.istio.io/service-account";

    private final List<Workload> workloads = new ArrayList<>();
    private final Map<String, GatewayAddress> byNetwork = new HashMap<>();

    NetworkGateways(MeshObjects objects) {
        for (KubeObject gateway : objects.all(Kind.GATEWAY)) {
            boolean remote = gateway.spec().text("gatewayClassName").equals(CLASS);
            Optional<Integer> port =
                    gateway.spec().trees("listeners").stream()
                            .filter(listener -> listener.text("protocol").equals("HBONE"))
                            .flatMap(listener -> listener.integer("port").stream())
                            .findFirst();
            if (remote && port.isPresent() && gateway.labels().containsKey(NETWORK)) {
                add(gateway, port.get(), objects.settings());
            }
        }
    }

    /** The first gateway of a network. */
    Optional<GatewayAddress> of(String network) {
        return Optional.ofNullable(byNetwork.get(network));
    }

    /** ztunnel has to know whom it meets there. */
    List<Workload> workloads() {
        return workloads;
    }

    private void add(KubeObject gateway, int port, MeshSettings settings) {
        String network = gateway.label(NETWORK);
        String account = gateway.annotation(SERVICE_ACCOUNT);
        for (Tree address : gateway.status().trees("addresses")) {
            String value = address.text("value");
            Optional<byte[]> bytes =
                    address.text("type").equals("IPAddress")
                            ? IpLiteral.parse(value)
                            : Optional.empty();
            if (bytes.isEmpty() && !address.text("type").equals("Hostname")) {
                continue;
            }
            GatewayAddress.Builder at = GatewayAddress.newBuilder().setHboneMtlsPort(port);
            String uid = "NetworkGateway/" + network + "/" + value + "/" + port;
            Workload.Builder workload =
                    Workload.newBuilder()
                            .setUid(uid)
                            .setName(uid)
                            .setNamespace(gateway.namespace())
                            .setServiceAccount(
                                    account.isEmpty() ? gateway.name() + "-" + CLASS : account)
                            .setNetwork(network)
                            .setTrustDomain(settings.elidedTrustDomain());
            if (bytes.isPresent()) {
                ByteString ip = ByteString.copyFrom(bytes.get());
                at.setAddress(NetworkAddress.newBuilder().setNetwork(network).setAddress(ip));
                workload.addAddresses(ip);
            } else {
                at.setHostname(
                        NamespacedHostname.newBuilder()
                                .setNamespace(gateway.namespace())
                                .setHostname(value));
                workload.setHostname(value);
            }
            byNetwork.putIfAbsent(network, at.build());
            workloads.add(workload.build());
        }
    }
}
