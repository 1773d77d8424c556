package io.ztunnel.sandbox.supervisor;

import io.ztunnel.sandbox.cluster.IpFamily;
import io.ztunnel.sandbox.net.SandboxNetwork;
import io.ztunnel.sandbox.process.KeptProcess;
import io.ztunnel.sandbox.process.ProcessSpec;
import io.ztunnel.sandbox.process.Spawner;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;

/**
 * The resolver of all pods: one program in the root namespace, where every node's way out leads. It
 * reads the objects that the supervisor writes.
 */
final class NameServer {
    private static final String MAIN = "io.ztunnel.sandbox.dns.DnsMain";
    private static final InetAddress ADDRESS_4 = InetAddress.ofLiteral("10.4.0.10");
    private static final InetAddress ADDRESS_6 = InetAddress.ofLiteral("fd00:10:4::a");

    private final SandboxNetwork network;
    private final StateDirectory state;
    private final EventLog log;
    private final Spawner spawner;
    private final ScheduledExecutorService thread;
    private final List<InetAddress> addresses = new ArrayList<>();
    private @Nullable KeptProcess process;

    NameServer(
            SandboxNetwork network,
            StateDirectory state,
            EventLog log,
            Spawner spawner,
            ScheduledExecutorService thread) {
        this.network = network;
        this.state = state;
        this.log = log;
        this.spawner = spawner;
        this.thread = thread;
    }

    static InetAddress address(IpFamily family) {
        return switch (family) {
            case IPV4 -> ADDRESS_4;
            case IPV6 -> ADDRESS_6;
        };
    }

    /** What a pod's programs find in {@code /etc/resolv.conf}. */
    static String resolvConf(String namespace, List<IpFamily> families) {
        StringBuilder text = new StringBuilder();
        text.append("search ")
                .append(namespace.isEmpty() ? "" : namespace + ".svc.cluster.local ")
                .append("svc.cluster.local cluster.local\n");
        for (IpFamily family : families) {
            text.append("nameserver ").append(Literals.text(address(family))).append('\n');
        }
        return text.append("options ndots:5 timeout:2\n").toString();
    }

    void prepare(List<IpFamily> families) throws IOException {
        for (IpFamily family : families) {
            addresses.add(address(family));
            network.addRootAddress(address(family));
        }
    }

    /** Once there are objects to read. Idempotent. */
    void start() {
        if (process != null) {
            return;
        }
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of("--objects", state.objects().toString()));
        addresses.forEach(address -> arguments.addAll(List.of("--listen", Literals.text(address))));
        process =
                new KeptProcess(
                        new ProcessSpec(
                                "name server",
                                network.names().root(),
                                JavaCommand.of(MAIN, 48, arguments),
                                ZtunnelEnvironment.base(),
                                state.log("dns")),
                        spawner,
                        thread,
                        new ProcessEvents(log));
        process.start();
    }
}
