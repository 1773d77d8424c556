package io.ztunnel.sandbox.conformance;

import io.netty.handler.ssl.SslContext;
import io.ztunnel.sandbox.conformance.mesh.ConformanceMesh;
import io.ztunnel.sandbox.conformance.mesh.HttpCall;
import io.ztunnel.sandbox.conformance.mesh.Ztunnel;
import io.ztunnel.sandbox.conformance.peer.HboneServer;
import io.ztunnel.sandbox.conformance.peer.HboneTunnel;
import io.ztunnel.sandbox.conformance.peer.Papers;
import io.ztunnel.sandbox.conformance.peer.Peer;
import io.ztunnel.sandbox.conformance.peer.Script;
import io.ztunnel.sandbox.conformance.peer.SocketPeer;
import io.ztunnel.sandbox.conformance.peer.TcpServer;
import io.ztunnel.sandbox.conformance.scenario.Payload;
import io.ztunnel.sandbox.conformance.scenario.Step;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Does the steps of one scenario that concern connections; the others it hands on. */
final class StepRunner {
    private static final int SHOWN = 120;
    private static final int OK = 200;

    private final ConformanceMesh mesh;
    private final Stage stage;
    private final Observations observations;
    private final Publication publication;
    private final Arrivals arrivals;
    private final Crowds crowds;

    StepRunner(
            ConformanceMesh mesh, Stage stage, Observations observations, Publication publication) {
        this.mesh = mesh;
        this.stage = stage;
        this.observations = observations;
        this.publication = publication;
        this.arrivals = new Arrivals(stage);
        this.crowds = new Crowds(mesh, stage, arrivals);
    }

    /** What was measured, for people. */
    List<String> notes() {
        return crowds.notes();
    }

    void run(Step step) throws FailedException, IOException {
        switch (step) {
            case Step.Listen listen -> listen(listen);
            case Step.Connect connect -> connect(connect);
            case Step.Accept accept -> accept(accept);
            case Step.Send(String on, var payload) -> stage.peer(on).send(payload.bytes(stage));
            case Step.Flood flood -> flood(flood);
            case Step.Exchange exchange -> arrivals.check(exchange);
            case Step.Receive receive -> arrivals.check(receive);
            case Step.Line line -> arrivals.check(line);
            case Step.From from -> arrivals.check(from);
            case Step.Identity identity -> identity(identity);
            case Step.Connections connections -> connections(connections);
            case Step.Ended ended -> arrivals.check(ended);
            case Step.Head head -> arrivals.check(head);
            case Step.Finish(String on) -> stage.peer(on).finish();
            case Step.Close(String on) -> stage.close(on);
            case Step.Reset(String on, String code) -> stage.peer(on).reset(code);
            case Step.Tunnel tunnel -> tunnel(tunnel);
            case Step.Stream stream -> stream(stream);
            case Step.Hbone hbone -> hbone(hbone);
            case Step.GoAway(String on) -> goAway(on);
            case Step.Cut(String of) -> cut(of);
            case Step.Abort(String of) -> abort(of);
            case Step.Publish(var resources) -> publication.add(resources);
            case Step.Withdraw(var names) -> publication.remove(names);
            case Step.Revoke(String of) -> publication.revoke(stage.papers(of).certificate());
            case Step.Stop(String node, Step.Ending how) -> stop(mesh.ztunnel(node), how);
            case Step.Stopped stopped -> stopped(stopped);
            case Step.Roll(String node, String as, String in) -> mesh.roll(node, as, in);
            case Step.Try(Step uncertain) -> attempt(uncertain);
            case Step.Bulk bulk -> crowds.run(bulk);
            case Step.Descriptors descriptors -> observations.check(descriptors);
            case Step.Capture(String pod, boolean captured) -> mesh.capture(pod, captured);
            case Step.Log log -> observations.check(log);
            case Step.Metric metric -> observations.check(metric);
            case Step.Admin admin -> observations.check(admin);
            case Step.Http http -> http(http);
            case Step.Dns dns -> DnsCheck.run(mesh, stage, dns);
        }
    }

    private void attempt(Step step) {
        try {
            run(step);
        } catch (FailedException | IOException mayBe) {
            // That is what it is for.
        }
    }

    private InetSocketAddress target(String text) {
        return Script.Targets.parse(stage.expand(text));
    }

    private void listen(Step.Listen step) throws IOException {
        Script script = new Script(step.does(), "", mesh.place(step.in()), stage.expand(step.to()));
        stage.add(step.as(), TcpServer.start(mesh.place(step.in()), step.port(), script));
    }

    private void connect(Step.Connect step) throws FailedException {
        if (step.count() == 0) {
            connect(step, step.as());
        }
        for (int i = 1; i <= step.count(); i++) {
            connect(step, step.as() + i);
        }
    }

    private void connect(Step.Connect step, String as) throws FailedException {
        InetSocketAddress to = target(step.to());
        try {
            stage.add(as, SocketPeer.over(mesh.place(step.from()).connect(to)));
        } catch (IOException failed) {
            if (step.refused()) {
                return;
            }
            throw new FailedException("cannot connect to " + to + ": " + failed.getMessage());
        }
        if (step.refused()) {
            throw new FailedException("the connect to " + to + " succeeds");
        }
    }

    private void accept(Step.Accept step) throws FailedException, IOException {
        try {
            Peer peer =
                    stage.script(step.of())
                            .held()
                            .poll(step.within().toMillis(), TimeUnit.MILLISECONDS);
            if (peer == null) {
                throw new FailedException("nobody has connected to " + step.of());
            }
            stage.add(step.as(), peer);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    private void flood(Step.Flood step) throws FailedException {
        byte[] bytes = new Payload.Filler(step.length()).bytes(stage);
        for (int i = 1; i <= step.count(); i++) {
            Peer peer = stage.peer(step.on() + i);
            Thread.ofVirtual()
                    .start(
                            () -> {
                                try {
                                    peer.send(bytes);
                                } catch (IOException stalled) {
                                    // That is what it is for.
                                }
                            });
        }
    }

    private void identity(Step.Identity step) throws FailedException, IOException {
        String found = stage.tunnel(step.on()).serverIdentity();
        String wanted = stage.expand(step.is());
        if (!found.equals(wanted)) {
            throw new FailedException(
                    "the server of " + step.on() + " is '" + found + "', not " + wanted);
        }
    }

    private void connections(Step.Connections step) throws FailedException, IOException {
        HboneServer server = stage.hboneServer(step.of());
        long deadline = System.nanoTime() + step.within().toNanos();
        while (server == null || server.connections() != step.count()) {
            if (server == null || System.nanoTime() > deadline) {
                throw new FailedException(
                        step.of()
                                + " has "
                                + (server == null ? "no" : server.connections())
                                + " connections, not "
                                + step.count());
            }
            Observations.pause(Duration.ofMillis(10));
        }
    }

    private void tunnel(Step.Tunnel step) throws FailedException, IOException {
        SslContext tls = certificate(step);
        HboneTunnel tunnel;
        try {
            tunnel =
                    HboneTunnel.open(mesh.place(step.from()), target(step.to()), mesh.loops(), tls);
        } catch (IOException refused) {
            if (step.closed()) {
                return;
            }
            throw refused;
        }
        stage.add(step.as(), tunnel);
        if (tunnel.isUsable() == step.closed()) {
            throw new FailedException(
                    "the tunnel to "
                            + stage.expand(step.to())
                            + (step.closed() ? " is taken" : " is closed before it is usable"));
        }
    }

    private SslContext certificate(Step.Tunnel step) throws FailedException, IOException {
        if (!step.like().isEmpty()) {
            return stage.papers(step.like()).client();
        }
        return switch (step.signer()) {
            case NOBODY -> Papers.nobody();
            case MESH, OTHER ->
                    stage.papers(
                                    step.as(),
                                    stage.expand(step.identity()),
                                    step.signer() == Step.Signer.OTHER)
                            .client();
        };
    }

    private void stream(Step.Stream step) throws FailedException, IOException {
        Map<String, String> headers = new LinkedHashMap<>();
        step.headers().forEach((name, value) -> headers.put(name, stage.expand(value)));
        for (int i = 1; i <= Math.max(1, step.count()); i++) {
            stage.add(
                    step.count() == 0 ? step.as() : step.as() + i,
                    stage.tunnel(step.on())
                            .request(step.method(), stage.expand(step.authority()), headers));
        }
    }

    private void hbone(Step.Hbone step) throws IOException {
        Map<String, String> headers = new HashMap<>();
        step.headers().forEach((name, value) -> headers.put(name, stage.expand(value)));
        String identity =
                step.identity().isEmpty() ? "$(" + step.in() + ".identity)" : step.identity();
        stage.add(
                step.as(),
                HboneServer.start(
                        mesh.place(step.in()),
                        step.port(),
                        mesh.loops(),
                        stage.papers(step.as(), stage.expand(identity), false),
                        new HboneServer.Answer(step.status(), headers),
                        new Script(
                                step.does(),
                                step.greeting(),
                                mesh.place(step.in()),
                                stage.expand(step.to()))));
    }

    private void goAway(String on) throws FailedException, IOException {
        HboneServer server = stage.hboneServer(on);
        if (server != null) {
            server.goAway();
        } else {
            stage.tunnel(on).goAway();
        }
    }

    private void cut(String of) throws FailedException, IOException {
        HboneServer server = stage.hboneServer(of);
        if (server == null) {
            throw new FailedException("the scenario has no HBONE server '" + of + "'");
        }
        server.cut();
    }

    private void abort(String of) throws FailedException, IOException {
        HboneServer server = stage.hboneServer(of);
        if (server != null) {
            server.abort();
        } else {
            stage.tunnel(of).abort();
        }
    }

    private static void stop(Ztunnel ztunnel, Step.Ending how) throws FailedException, IOException {
        switch (how) {
            case TERMINATE -> ztunnel.stop();
            case INTERRUPT -> ztunnel.interrupt();
            case QUIT -> {
                int status = ztunnel.quit().status();
                if (status != OK) {
                    throw new FailedException("/quitquitquit is answered with " + status);
                }
            }
        }
    }

    private void stopped(Step.Stopped step) throws FailedException {
        try {
            mesh.ztunnel(step.node())
                    .stopped()
                    .copy()
                    .orTimeout(step.within().toMillis(), TimeUnit.MILLISECONDS)
                    .join();
        } catch (java.util.concurrent.CompletionException late) {
            throw new FailedException(
                    "the ztunnel of " + step.node() + " has not ended within " + step.within());
        }
    }

    private void http(Step.Http step) throws FailedException {
        InetSocketAddress to = target(step.to());
        HttpCall answer;
        try {
            answer = HttpCall.send(mesh.place(step.from()), to, step.method(), step.path());
        } catch (IOException failed) {
            if (step.status() == 0) {
                return;
            }
            throw new FailedException("no answer from " + to + ": " + failed.getMessage());
        }
        if (answer.status() != step.status() || !answer.body().contains(step.contains())) {
            throw new FailedException(
                    to
                            + " answers "
                            + answer.status()
                            + " '"
                            + answer.body().substring(0, Math.min(SHOWN, answer.body().length()))
                            + "', not "
                            + step.status()
                            + " with '"
                            + step.contains()
                            + "'");
        }
    }
}
