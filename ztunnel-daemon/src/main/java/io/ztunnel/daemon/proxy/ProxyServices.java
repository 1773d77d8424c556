package io.ztunnel.daemon.proxy;

import io.netty.channel.EventLoopGroup;
import io.ztunnel.daemon.config.Config;
import io.ztunnel.daemon.dns.DnsServices;
import io.ztunnel.hbone.ByteBudget;
import io.ztunnel.hbone.Revocations;
import io.ztunnel.policy.PolicyEngine;
import io.ztunnel.routing.InboundRouter;
import io.ztunnel.routing.OwnPorts;
import io.ztunnel.routing.Router;
import io.ztunnel.store.MeshStore;
import io.ztunnel.store.WorkloadWaiter;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.Executor;

/**
 * What the proxies of every pod share.
 *
 * @param captured for the sockets of the ports that traffic is redirected to
 * @param decisions for what is decided on the mesh, which may have to be asked for first
 * @param workloadWait how long a connection waits for the control plane to tell of its own pod
 * @param workers the loops that connections live on
 * @param handshakes runs the computations of TLS handshakes; small and bounded, so that a storm of
 *     them cannot delay running streams
 * @param revocations of peers' certificates
 * @param hostnames resolves destinations that are known by name only
 * @param dns null where DNS is not captured
 * @param bytes what the windows of all pods together may grow by
 */
public record ProxyServices(
        Config config,
        CapturedSockets captured,
        Duration workloadWait,
        EventLoopGroup workers,
        Executor handshakes,
        MeshStore mesh,
        Decisions decisions,
        WorkloadWaiter localWorkloads,
        Router router,
        InboundRouter inboundRouter,
        OwnPorts ownPorts,
        PolicyEngine policies,
        TlsContexts tls,
        Revocations revocations,
        HostnameResolver hostnames,
        @Nullable DnsServices dns,
        ByteBudget bytes,
        Records records) {}
