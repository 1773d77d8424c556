package io.ztunnel.sandbox.conformance;

import io.netty.handler.ssl.SslContext;
import io.ztunnel.sandbox.conformance.mesh.ConformanceMesh;
import io.ztunnel.sandbox.conformance.mesh.HttpCall;
import io.ztunnel.sandbox.conformance.peer.HboneServer;
import io.ztunnel.sandbox.conformance.peer.HboneTunnel;
import io.ztunnel.sandbox.conformance.peer.Inbox;
import io.ztunnel.sandbox.conformance.peer.Papers;
import io.ztunnel.sandbox.conformance.peer.Peer;
import io.ztunnel.sandbox.conformance.peer.Script;
import io.ztunnel.sandbox.conformance.peer.SocketPeer;
import io.ztunnel.sandbox.conformance.peer.TcpServer;
import io.ztunnel.sandbox.conformance.scenario.Step;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Does the steps of one scenario that concern connections; the others it hands on. */
final class StepRunner {
    private static final int SHOWN = 120;

    private final ConformanceMesh mesh;
    private final Stage stage;
    private final Observations observations;
    private final Publication publication;

    StepRunner(
            ConformanceMesh mesh, Stage stage, Observations observations, Publication publication) {
        this.mesh = mesh;
        this.stage = stage;
        this.observations = observations;
        this.publication = publication;
    }

    void run(Step step) throws FailedException, IOException {
        switch (step) {
            case Step.Listen listen -> listen(listen);
            case Step.Connect connect -> connect(connect);
            case Step.Accept accept -> accept(accept);
            case Step.Send(String on, var payload) -> stage.peer(on).send(payload.bytes(stage));
            case Step.Receive receive -> receive(receive);
            case Step.Line line -> line(line);
            case Step.From from -> from(from);
            case Step.Connections connections -> connections(connections);
            case Step.Ended ended -> ended(ended);
            case Step.Head head -> head(head);
            case Step.Finish(String on) -> stage.peer(on).finish();
            case Step.Close(String on) -> stage.peer(on).close();
            case Step.Reset(String on, String code) -> stage.peer(on).reset(code);
            case Step.Tunnel tunnel -> tunnel(tunnel);
            case Step.Stream stream -> stream(stream);
            case Step.Hbone hbone -> hbone(hbone);
            case Step.GoAway(String on) -> goAway(on);
            case Step.Cut(String of) -> cut(of);
            case Step.Publish(var resources) -> publication.add(resources);
            case Step.Withdraw(var names) -> publication.remove(names);
            case Step.Revoke(String of) -> publication.revoke(stage.certificate(of));
            case Step.Stop(String node) -> mesh.ztunnel(node).stop();
            case Step.Stopped stopped -> stopped(stopped);
            case Step.Capture(String pod, boolean captured) -> mesh.capture(pod, captured);
            case Step.Log log -> observations.check(log);
            case Step.Metric metric -> observations.check(metric);
            case Step.Admin admin -> observations.check(admin);
            case Step.Http http -> http(http);
        }
    }

    private InetSocketAddress target(String text) {
        return Script.Targets.parse(stage.expand(text));
    }

    private void listen(Step.Listen step) throws IOException {
        Script script = new Script(step.does(), "", mesh.place(step.in()), stage.expand(step.to()));
        stage.add(step.as(), TcpServer.start(mesh.place(step.in()), step.port(), script));
    }

    private void connect(Step.Connect step) throws FailedException, IOException {
        InetSocketAddress to = target(step.to());
        try {
            stage.add(step.as(), SocketPeer.over(mesh.place(step.from()).connect(to)));
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

    private void receive(Step.Receive step) throws FailedException {
        byte[] wanted = step.payload().bytes(stage);
        Inbox inbox = stage.peer(step.on()).inbox();
        byte[] found = inbox.take(wanted.length, step.within());
        if (!Arrays.equals(wanted, found)) {
            int same = Arrays.mismatch(wanted, found);
            throw new FailedException(
                    step.on()
                            + " receives "
                            + shown(found)
                            + ", not "
                            + shown(wanted)
                            + " (they differ from byte "
                            + same
                            + " on); then "
                            + end(inbox));
        }
    }

    private void line(Step.Line step) throws FailedException {
        TextMatch wanted = TextMatch.of(step.wanted(), stage);
        Inbox inbox = stage.peer(step.on()).inbox();
        String found = inbox.takeLine(step.within());
        if (!wanted.matches(found)) {
            throw new FailedException(
                    step.on() + " receives '" + found + "', not " + wanted + "; " + end(inbox));
        }
    }

    private void from(Step.From step) throws FailedException {
        InetSocketAddress remote = Script.Targets.parse(stage.peer(step.on()).remote());
        String wanted = stage.expand(step.address());
        String found = io.netty.util.NetUtil.toAddressString(remote.getAddress());
        if (!wanted.equals(found)) {
            throw new FailedException(step.on() + " comes from " + found + ", not " + wanted);
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

    private static String shown(byte[] bytes) {
        String text =
                new String(bytes, 0, Math.min(bytes.length, SHOWN), StandardCharsets.ISO_8859_1)
                        .replaceAll("[^ -~]", ".");
        return bytes.length + " bytes '" + text + "'";
    }

    private static String end(Inbox inbox) {
        return inbox.end().map(Object::toString).orElse("it stays open");
    }

    private void ended(Step.Ended step) throws FailedException {
        Inbox inbox = stage.peer(step.on()).inbox();
        if (step.data()) {
            // What came before the end is of no interest.
            while (inbox.end().isEmpty() && inbox.take(1, step.within()).length > 0) {
                inbox.take(inbox.available(), Duration.ZERO);
            }
            inbox.take(inbox.available(), Duration.ZERO);
        }
        Optional<Inbox.End> end =
                step.data() ? inbox.awaitEnd(step.within()) : inbox.awaitEndOrBytes(step.within());
        if (step.end() == Step.End.RST && end.isPresent()) {
            end = inbox.awaitReset(step.within());
        }
        if (inbox.available() > 0) {
            int count = inbox.available();
            throw new FailedException(
                    step.on()
                            + " receives "
                            + shown(inbox.take(count, Duration.ZERO))
                            + " before any end");
        }
        boolean right =
                switch (step.end()) {
                    case OPEN -> end.isEmpty();
                    case FIN -> end.filter(Inbox.End.Finished.class::isInstance).isPresent();
                    case RST ->
                            end.orElse(null) instanceof Inbox.End.WasReset(String code)
                                    && (step.code().isEmpty() || step.code().equals(code));
                    case CLOSED -> end.isPresent();
                };
        if (!right) {
            throw new FailedException(
                    step.on()
                            + ": expected "
                            + step.end()
                            + (step.code().isEmpty() ? "" : " " + step.code())
                            + ", but "
                            + end(inbox));
        }
    }

    private void head(Step.Head step) throws FailedException {
        Inbox inbox = stage.peer(step.on()).inbox();
        Map<String, String> found =
                inbox.awaitHead(step.within())
                        .orElseThrow(
                                () ->
                                        new FailedException(
                                                step.on() + " gets no head; " + end(inbox)));
        for (Map.Entry<String, String> header : step.headers().entrySet()) {
            TextMatch wanted = TextMatch.of(header.getValue(), stage);
            if (!wanted.matches(found.get(header.getKey()))) {
                throw new FailedException(
                        header.getKey()
                                + " is "
                                + found.getOrDefault(header.getKey(), "absent")
                                + ", not "
                                + wanted
                                + ", in "
                                + found);
            }
        }
        for (String name : TextMatch.lower(step.absent())) {
            if (found.containsKey(name)) {
                throw new FailedException(name + " is there: " + found);
            }
        }
    }

    private void tunnel(Step.Tunnel step) throws FailedException, IOException {
        SslContext tls =
                switch (step.signer()) {
                    case NOBODY -> Papers.nobody();
                    case MESH, OTHER ->
                            stage.papers(
                                            step.as(),
                                            stage.expand(step.identity()),
                                            step.signer() == Step.Signer.OTHER)
                                    .client();
                };
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

    private void stream(Step.Stream step) throws FailedException, IOException {
        Map<String, String> headers = new LinkedHashMap<>();
        step.headers().forEach((name, value) -> headers.put(name, stage.expand(value)));
        stage.add(
                step.as(),
                stage.tunnel(step.on())
                        .request(step.method(), stage.expand(step.authority()), headers));
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
