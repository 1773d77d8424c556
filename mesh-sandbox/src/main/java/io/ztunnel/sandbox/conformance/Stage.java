package io.ztunnel.sandbox.conformance;

import io.ztunnel.sandbox.conformance.mesh.ConformanceMesh;
import io.ztunnel.sandbox.conformance.peer.HboneServer;
import io.ztunnel.sandbox.conformance.peer.HboneTunnel;
import io.ztunnel.sandbox.conformance.peer.Papers;
import io.ztunnel.sandbox.conformance.peer.Peer;
import io.ztunnel.sandbox.conformance.peer.Script;
import io.ztunnel.sandbox.conformance.peer.TcpServer;
import io.ztunnel.sandbox.conformance.peer.Traffic;
import io.ztunnel.sandbox.conformance.scenario.Names;
import io.ztunnel.sandbox.istiod.SigningAuthority;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a running scenario has made, by name. */
final class Stage implements Names, AutoCloseable {
    private final ConformanceMesh mesh;
    private final Map<String, Peer> peers = new LinkedHashMap<>();
    private final Map<String, TcpServer> servers = new HashMap<>();
    private final Map<String, HboneServer> hboneServers = new HashMap<>();
    private final Map<String, Papers> papers = new HashMap<>();
    private final Map<String, Traffic> traffic = new HashMap<>();
    private @Nullable SigningAuthority other;

    Stage(ConformanceMesh mesh) {
        this.mesh = mesh;
    }

    @Override
    public List<String> values(String name, String property) {
        Peer peer = peers.get(name);
        return peer != null && property.equals("local")
                ? List.of(peer.local())
                : mesh.names().values(name, property);
    }

    void add(String name, Peer peer) {
        peers.put(name, peer);
    }

    void add(String name, TcpServer server) {
        servers.put(name, server);
    }

    void add(String name, HboneServer server) {
        hboneServers.put(name, server);
    }

    void add(String name, Traffic load) {
        traffic.put(name, load);
    }

    Traffic traffic(String name) throws FailedException {
        Traffic load = traffic.get(name);
        if (load == null) {
            throw new FailedException("the scenario has no load '" + name + "'");
        }
        return load;
    }

    Peer peer(String name) throws FailedException {
        Peer peer = peers.get(name);
        if (peer == null) {
            throw new FailedException("the scenario has no connection '" + name + "'");
        }
        return peer;
    }

    HboneTunnel tunnel(String name) throws FailedException {
        if (peer(name) instanceof HboneTunnel tunnel) {
            return tunnel;
        }
        throw new FailedException("'" + name + "' is not a tunnel");
    }

    @Nullable HboneServer hboneServer(String name) {
        return hboneServers.get(name);
    }

    Script script(String name) throws FailedException {
        TcpServer server = servers.get(name);
        HboneServer hbone = hboneServers.get(name);
        if (server != null) {
            return server.script();
        }
        if (hbone != null) {
            return hbone.script();
        }
        throw new FailedException("the scenario has no server '" + name + "'");
    }

    /**
     * A new certificate.
     *
     * @param name of the peer that shows it
     * @param foreign whether a root signs it that nobody trusts
     */
    Papers papers(String name, String identity, boolean foreign) throws IOException {
        Papers fresh = Papers.signed(foreign ? other() : mesh.authority(), identity);
        papers.put(name, fresh);
        return fresh;
    }

    private SigningAuthority other() throws IOException {
        SigningAuthority known = other;
        if (known == null) {
            known =
                    SigningAuthority.open(
                            mesh.folder().resolve("other-ca"), "other", InstantSource.system());
            other = known;
        }
        return known;
    }

    /** Those that a peer has shown. */
    Papers papers(String name) throws FailedException {
        Papers known = papers.get(name);
        if (known == null) {
            throw new FailedException("'" + name + "' has shown no certificate of ours");
        }
        return known;
    }

    /** Closes a connection or ends a TCP server. */
    void close(String name) throws FailedException, IOException {
        TcpServer server = servers.get(name);
        if (server != null) {
            server.close();
        } else {
            peer(name).close();
        }
    }

    /** Closes connections first, so that a server does not end what a client should. */
    @Override
    public void close() throws IOException {
        traffic.values().forEach(Traffic::close);
        new ArrayList<>(peers.values()).forEach(Peer::close);
        for (TcpServer server : servers.values()) {
            server.close();
        }
        for (HboneServer server : hboneServers.values()) {
            server.close();
        }
    }
}
