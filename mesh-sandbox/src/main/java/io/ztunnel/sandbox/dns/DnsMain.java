package io.ztunnel.sandbox.dns;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.SocketProtocolFamily;
import io.ztunnel.sandbox.manifest.FollowedFile;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ManifestSet;
import io.ztunnel.sandbox.manifest.ObjectsFile;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

/** The name server's process: answers for the services in a file of objects. */
@Command(name = "dns", description = "The sandbox's name server.")
public final class DnsMain implements Callable<Integer> {
    private static final Logger log = LoggerFactory.getLogger(DnsMain.class);
    private static final int PORT = 53;

    @Option(names = "--objects", required = true, description = "file of complete objects")
    @SuppressWarnings("NullAway.Init") // set by picocli
    Path objects;

    @Option(names = "--listen", required = true, description = "IP to answer on")
    List<String> addresses = new ArrayList<>();

    @Option(names = "--cluster-domain", defaultValue = "cluster.local")
    String clusterDomain = "cluster.local";

    public static void main(String[] args) {
        System.exit(new CommandLine(new DnsMain()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        List<DnsServer> servers = new ArrayList<>();
        for (String text : addresses) {
            InetAddress address = InetAddress.ofLiteral(text);
            EpollDatagramChannel channel =
                    new EpollDatagramChannel(
                            address instanceof Inet6Address
                                    ? SocketProtocolFamily.INET6
                                    : SocketProtocolFamily.INET);
            servers.add(
                    DnsServer.start(loop.next(), channel, new InetSocketAddress(address, PORT)));
        }
        try (FollowedFile _ =
                ObjectsFile.follow(
                        objects,
                        set -> {
                            NameTable table = table(set);
                            servers.forEach(server -> server.replace(table));
                        })) {
            log.info("names of {} on {}", objects, addresses);
            // Until the process is ended.
            new CountDownLatch(1).await();
        }
        return 0;
    }

    /** Every service by its cluster name; headless ones are known, but have no address here. */
    private NameTable table(ManifestSet set) {
        Map<String, List<InetAddress>> names = new HashMap<>();
        for (KubeObject object : set.objects()) {
            if (object.kind() == Kind.SERVICE) {
                names.put(
                        object.name() + "." + object.namespace() + ".svc." + clusterDomain,
                        clusterIps(object));
            }
        }
        return new NameTable(names);
    }

    private static List<InetAddress> clusterIps(KubeObject service) {
        List<InetAddress> addresses = new ArrayList<>();
        for (String text : service.spec().strings("clusterIPs")) {
            try {
                addresses.add(InetAddress.ofLiteral(text));
            } catch (IllegalArgumentException e) {
                log.debug("{} has the address {}", service, text);
            }
        }
        return addresses;
    }
}
