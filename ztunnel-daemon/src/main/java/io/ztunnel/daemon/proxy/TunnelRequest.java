package io.ztunnel.daemon.proxy;

import io.ztunnel.hbone.ConnectRequest;
import io.ztunnel.hbone.TunnelKey;
import io.ztunnel.routing.Baggage;
import io.ztunnel.routing.Forwarded;
import io.ztunnel.routing.TraceParent;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.Identity;
import io.ztunnel.store.Service;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** What one connection asks for: a tunnel to whom, and a stream of it to where. */
record TunnelRequest(TunnelKey key, ConnectRequest connect) {
    /**
     * @param own the workload of the pod that dialled
     * @param identity whom it speaks as
     * @param source the address that it dialled from
     * @param destination of the tunnel's TCP connection
     * @param accepted whom the tunnel may end at
     * @param authority of the CONNECT
     * @param service that the client meant, if it is known
     */
    static TunnelRequest of(
            Workload own,
            Identity identity,
            HostPort source,
            HostPort destination,
            List<Identity> accepted,
            String authority,
            @Nullable Service service) {
        return new TunnelRequest(
                new TunnelKey(
                        identity.toString(),
                        accepted.stream().map(Identity::toString).toList(),
                        source.ip().toInetAddress(),
                        destination.toSocketAddress()),
                new ConnectRequest(
                        authority,
                        List.of(Baggage.of(own).header()),
                        Forwarded.build(source, service == null ? null : service.hostname()),
                        TraceParent.next(ThreadLocalRandom.current()).text(),
                        null));
    }
}
