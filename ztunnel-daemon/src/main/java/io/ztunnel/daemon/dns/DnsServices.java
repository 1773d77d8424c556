package io.ztunnel.daemon.dns;

import io.ztunnel.daemon.config.Config;
import io.ztunnel.daemon.config.FileProbe;
import io.ztunnel.daemon.config.ResolverConfig;
import io.ztunnel.daemon.telemetry.DnsLog;
import io.ztunnel.daemon.telemetry.DnsMetrics;
import io.ztunnel.daemon.telemetry.Telemetry;
import io.ztunnel.daemon.telemetry.Telemetry.PodLimit;
import io.ztunnel.store.MeshView;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.List;
import java.util.function.Supplier;

/** What the DNS proxies of every pod share. Thread-safe. */
public final class DnsServices {
    private static final Logger log = LoggerFactory.getLogger(DnsServices.class);
    private static final int NAME_SERVER_PORT = 53;
    private static final int IDS = 1 << 16;

    private final Supplier<MeshView> mesh;
    private final MeshNames names;
    private final HostsFile hosts;
    private final ResolverConfig resolver;
    private final int port;
    private final Telemetry telemetry;
    private final CacheBudget cacheBudget = CacheBudget.ofProcess();
    private final SecureRandom random = new SecureRandom();

    /**
     * @param hosts the file of hosts that is asked before name servers
     * @param port of the name servers
     */
    DnsServices(
            Config config,
            Supplier<MeshView> mesh,
            Telemetry telemetry,
            HostsFile hosts,
            int port) {
        this.mesh = mesh;
        this.telemetry = telemetry;
        this.hosts = hosts;
        this.port = port;
        this.resolver = config.dns().resolver();
        boolean dedicated = config.mode() == Config.Mode.DEDICATED;
        this.names =
                new MeshNames(
                        new Aliases(
                                config.mesh().clusterDomain(),
                                dedicated ? resolver.search() : null),
                        config.mesh().preferredServiceNamespace(),
                        config.listeners().ipv6());
    }

    /**
     * @return null when DNS is not captured
     */
    public static @Nullable DnsServices of(
            Config config, Supplier<MeshView> mesh, Telemetry telemetry, FileProbe files) {
        if (!config.dns().enabled()) {
            return null;
        }
        if (config.dns().resolver().nameServers().isEmpty()) {
            log.atWarn()
                    .addKeyValue("code", "NO_NAME_SERVERS")
                    .addKeyValue("hint", "put a nameserver into /etc/resolv.conf of ztunnel")
                    .log("no name server is known: pods can resolve names of the mesh only");
        }
        return new DnsServices(config, mesh, telemetry, hosts(files), NAME_SERVER_PORT);
    }

    private static HostsFile hosts(FileProbe files) {
        try {
            String text = files.read(HostsFile.PATH);
            return HostsFile.parse(text == null ? "" : text);
        } catch (IOException e) {
            log.warn("{} cannot be read, names in there are not known: {}", HostsFile.PATH, e);
            return HostsFile.parse("");
        }
    }

    MeshView mesh() {
        return mesh.get();
    }

    MeshNames names() {
        return names;
    }

    HostsFile hosts() {
        return hosts;
    }

    ResolverConfig resolver() {
        return resolver;
    }

    CacheBudget cacheBudget() {
        return cacheBudget;
    }

    DnsMetrics metrics() {
        return telemetry.dns();
    }

    DnsLog log() {
        return telemetry.dnsLog();
    }

    void limitReached(PodLimit limit) {
        telemetry.limitReached(limit).increment();
    }

    SecureRandom random() {
        return random;
    }

    int randomId() {
        return random.nextInt(IDS);
    }

    List<InetSocketAddress> nameServers() {
        return resolver.nameServers().stream()
                .map(ip -> new InetSocketAddress(ip.toInetAddress(), port))
                .toList();
    }
}
