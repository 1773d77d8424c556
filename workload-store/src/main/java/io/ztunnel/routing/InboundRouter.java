package io.ztunnel.routing;

import io.ztunnel.store.Endpoint;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.NetworkAddress;
import io.ztunnel.store.Service;
import io.ztunnel.store.Trace;
import io.ztunnel.store.Workload;
import io.ztunnel.store.Workload.ApplicationTunnel;
import io.ztunnel.store.Workload.ApplicationTunnel.TunnelProtocol;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Checks what a peer asks for over HBONE, and maps it to a port of the local workload. A function
 * of its arguments; from any thread. Policies are a later step.
 *
 * <p>Whatever the peer asks for, only the local workload is ever connected to; the authority tells
 * the port, and to a waypoint the destination.
 */
public final class InboundRouter {
    private static final IpAddress LOOPBACK_V4 = IpAddress.parse("127.0.0.1");
    private static final IpAddress LOOPBACK_V6 = IpAddress.parse("::1");

    /** A hostile authority must not fill the log. */
    private static final int MAX_QUOTED = 300;

    private final RoutingConfig config;
    private final WaypointAttachment attachment;

    public InboundRouter(RoutingConfig config) {
        this.config = config;
        this.attachment = new WaypointAttachment(config.network());
    }

    /**
     * @param local the workload whose certificate the tunnel was accepted with
     * @param socket the local address of the tunnel's connection
     * @param authority as received, unchecked
     */
    public InboundDecision decide(
            MeshView view, Workload local, HostPort socket, String authority, Trace trace) {
        ConnectAuthority parsed = ConnectAuthority.parse(authority);
        InboundDecision decision =
                parsed == null
                        ? invalidAuthority(authority)
                        : decideParsed(view, local, socket.ip(), parsed, trace);
        trace.step("inbound", () -> DecisionText.of(decision));
        return decision;
    }

    /** The answer to an authority that {@link ConnectAuthority#parse} refuses. */
    public static InboundDecision.Rejected invalidAuthority(String authority) {
        String quoted =
                authority.length() <= MAX_QUOTED
                        ? authority
                        : authority.substring(0, MAX_QUOTED) + "...";
        return reject(
                InboundError.INVALID_AUTHORITY, "no valid authority pseudo header: " + quoted);
    }

    private InboundDecision decideParsed(
            MeshView view,
            Workload local,
            IpAddress podIp,
            ConnectAuthority authority,
            Trace trace) {
        return switch (authority) {
            case ConnectAuthority.Address by -> {
                IpAddress asked = by.address().ip();
                if (!mayServe(view, local, podIp, asked, trace)) {
                    yield reject(
                            InboundError.IP_MISMATCH, "ip mismatch: " + podIp + " != " + asked);
                }
                yield accept(view, local, podIp, by, by.address().port(), null, trace);
            }
            case ConnectAuthority.Hostname by -> {
                Service service = view.serviceByHostname(by.hostname(), local.namespace());
                if (service == null) {
                    yield reject(
                            InboundError.UNKNOWN_HOSTNAME,
                            "no service or workload for hostname: " + by.hostname());
                }
                int port = targetPort(view, local, service, by.port());
                if (port <= 0) {
                    yield reject(
                            InboundError.NO_SERVICE_PORT,
                            "requested service " + by + " found, but cannot resolve port");
                }
                yield accept(view, local, podIp, by, port, service, trace);
            }
        };
    }

    private boolean mayServe(
            MeshView view, Workload local, IpAddress podIp, IpAddress asked, Trace trace) {
        if (asked.equals(podIp)) {
            return true;
        }
        // It is somebody's proxy, and knows itself what it may serve.
        boolean tunnel = local.applicationTunnel() != null;
        boolean attached = !tunnel && attachment.isWaypointOf(view, local, podIp, asked);
        trace.step(
                "destination",
                () ->
                        asked
                                + (tunnel
                                        ? " is accepted for the application tunnel"
                                        : attached
                                                ? " names this workload as its waypoint"
                                                : " is not this workload, nor served by it"));
        return tunnel || attached;
    }

    private static int targetPort(MeshView view, Workload local, Service service, int port) {
        Endpoint self = view.endpoints(service.key()).get(local.uid());
        int own = self == null ? 0 : self.ports().target(port);
        return own > 0 ? own : service.ports().target(port);
    }

    /**
     * @param port where the request leads without an application tunnel
     * @param named the service that a host name stands for
     */
    private InboundDecision accept(
            MeshView view,
            Workload local,
            IpAddress podIp,
            ConnectAuthority authority,
            int port,
            @Nullable Service named,
            Trace trace) {
        // Before the tunnel's own port replaces it: a tunnel does not excuse asking for ours.
        if (config.ownPorts().contains(port)) {
            return reject(InboundError.SELF_CALL, "attempted recursive call to ourselves");
        }
        ApplicationTunnel tunnel = local.applicationTunnel();
        List<Service> candidates = named == null ? view.servicesOf(local) : List.of(named);
        if (tunnel == null) {
            HostPort pod = new HostPort(podIp, port);
            return new InboundDecision.Accepted(authority, pod, false, pod, null, candidates);
        }
        HostPort pod = new HostPort(podIp, tunnel.port() > 0 ? tunnel.port() : port);
        trace.step("application-tunnel", () -> tunnel.protocol() + " on " + pod);
        if (tunnel.protocol() == TunnelProtocol.NONE) {
            return new InboundDecision.Accepted(authority, pod, false, pod, null, candidates);
        }
        HostPort proxied = proxiedDestination(authority, named);
        if (proxied == null) {
            return reject(
                    InboundError.NO_SERVICE_ADDRESS,
                    "requested service " + hostOf(authority) + " found, but has no IP addresses");
        }
        boolean loopback = config.localhostAppTunnel();
        HostPort application =
                loopback ? new HostPort(podIp.isV4() ? LOOPBACK_V4 : LOOPBACK_V6, pod.port()) : pod;
        return new InboundDecision.Accepted(
                authority, application, loopback, pod, proxied, candidates);
    }

    private @Nullable HostPort proxiedDestination(
            ConnectAuthority authority, @Nullable Service named) {
        return switch (authority) {
            case ConnectAuthority.Address by -> by.address();
            case ConnectAuthority.Hostname by -> {
                NetworkAddress vip = named == null ? null : preferredVip(named);
                yield vip == null ? null : new HostPort(vip.ip(), by.port());
            }
        };
    }

    private static String hostOf(ConnectAuthority authority) {
        return switch (authority) {
            case ConnectAuthority.Address by -> by.address().ip().toString();
            case ConnectAuthority.Hostname by -> by.hostname();
        };
    }

    /** The own network first, then IPv4; the last of equals, as the reference ztunnel does. */
    private @Nullable NetworkAddress preferredVip(Service service) {
        NetworkAddress best = null;
        int bestRank = -1;
        for (NetworkAddress vip : service.vips()) {
            boolean local = vip.network().equals(config.network());
            int rank = !local ? 0 : vip.ip().isV4() ? 2 : 1;
            if (rank >= bestRank) {
                best = vip;
                bestRank = rank;
            }
        }
        return best;
    }

    private static InboundDecision.Rejected reject(InboundError error, String detail) {
        return new InboundDecision.Rejected(error, detail);
    }
}
