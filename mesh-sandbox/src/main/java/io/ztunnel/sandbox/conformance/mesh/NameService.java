package io.ztunnel.sandbox.conformance.mesh;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.util.NetUtil;
import io.ztunnel.linux.NetworkNamespace;
import io.ztunnel.sandbox.conformance.scenario.MeshSpec;
import io.ztunnel.sandbox.dns.DnsServer;
import io.ztunnel.sandbox.dns.NameTable;
import io.ztunnel.sandbox.net.SandboxNetwork;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Resolves {@code POD.test} and its alias {@code www.POD.test} for ztunnels, which find it in their
 * resolv.conf.
 */
final class NameService implements AutoCloseable {
    static final int PORT = 53;

    private final List<DnsServer> servers = new ArrayList<>();

    private NameService() {}

    static NameService start(
            MeshSpec spec, AddressPlan plan, SandboxNetwork network, EventLoopGroup loops)
            throws IOException {
        Map<String, List<InetAddress>> table = new HashMap<>();
        Map<String, String> aliases = new HashMap<>();
        spec.pods()
                .forEach(
                        pod -> {
                            table.put(pod.name() + ".test", plan.of(pod.name()));
                            aliases.put("www." + pod.name() + ".test", pod.name() + ".test");
                        });
        NameService service = new NameService();
        StringBuilder configuration = new StringBuilder();
        try (NetworkNamespace root = NetworkNamespace.named(network.names().root())) {
            for (InetAddress address : plan.controlPlane()) {
                SocketProtocolFamily family =
                        address instanceof Inet6Address
                                ? SocketProtocolFamily.INET6
                                : SocketProtocolFamily.INET;
                NioDatagramChannel channel = root.call(() -> new NioDatagramChannel(family));
                DnsServer server =
                        DnsServer.start(
                                loops.next(), channel, new InetSocketAddress(address, PORT));
                server.replace(new NameTable(table, aliases));
                service.servers.add(server);
                configuration
                        .append("nameserver ")
                        .append(NetUtil.toAddressString(address))
                        .append('\n');
            }
        }
        configuration.append("options timeout:1 attempts:2\n");
        for (String node : spec.nodes()) {
            network.setEtcFile(network.names().node(node), "resolv.conf", configuration.toString());
        }
        return service;
    }

    @Override
    public void close() {
        servers.forEach(DnsServer::close);
    }
}
