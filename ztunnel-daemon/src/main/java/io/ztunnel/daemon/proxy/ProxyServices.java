package io.ztunnel.daemon.proxy;

import io.netty.channel.EventLoopGroup;
import io.ztunnel.daemon.config.Config;
import io.ztunnel.policy.PolicyEngine;
import io.ztunnel.routing.InboundRouter;
import io.ztunnel.routing.OwnPorts;
import io.ztunnel.routing.Router;
import io.ztunnel.store.MeshStore;
import io.ztunnel.store.WorkloadWaiter;

import java.util.concurrent.Executor;

/**
 * What the proxies of every pod share.
 *
 * @param workers the loops that connections live on
 * @param handshakes runs the computations of TLS handshakes; small and bounded, so that a storm of
 *     them cannot delay running streams
 * @param hostnames resolves destinations that are known by name only
 */
public record ProxyServices(
        Config config,
        EventLoopGroup workers,
        Executor handshakes,
        MeshStore mesh,
        WorkloadWaiter localWorkloads,
        Router router,
        InboundRouter inboundRouter,
        OwnPorts ownPorts,
        PolicyEngine policies,
        TlsContexts tls,
        HostnameResolver hostnames,
        Records records) {}
