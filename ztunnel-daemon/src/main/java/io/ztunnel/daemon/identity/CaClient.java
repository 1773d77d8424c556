package io.ztunnel.daemon.identity;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoop;
import io.ztunnel.api.ca.IstioCertificateRequest;
import io.ztunnel.api.ca.IstioCertificateResponse;
import io.ztunnel.api.ca.IstioCertificateServiceGrpc;
import io.ztunnel.daemon.config.Config;
import io.ztunnel.store.Identity;
import io.ztunnel.xds.ControlPlane;
import io.ztunnel.xds.RequestHeaders;
import io.ztunnel.xds.RootCertificates;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Istio's certificate service over gRPC. Confined to the control thread.
 *
 * <p>Three things are fresh for each request: the key, the token (the kubelet rotates its file),
 * and, after a change in the directory of the root file, the channel. A channel whose call was
 * answered by {@code UNAVAILABLE} is replaced too: gRPC would answer from its own backoff, and ours
 * is the one that counts.
 */
public final class CaClient implements CertificateAuthorityClient {
    /** The reference waits without limit; a CA that hangs would hold one of eight places. */
    static final Duration CALL_LIMIT = Duration.ofSeconds(10);

    private static final Logger log = LoggerFactory.getLogger(CaClient.class);
    private static final Duration WATCH_REST = Duration.ofSeconds(2);
    private static final int MAX_MESSAGE_BYTES = 1 << 20;

    /**
     * @param impersonate whether to ask for identities other than our own
     */
    record Settings(
            ControlPlane server, RequestHeaders headers, Duration ttl, boolean impersonate) {}

    private final Settings settings;
    private final EventLoop control;
    private final SecureRandom random;
    private final Duration callLimit;
    private final @Nullable DirectoryWatch watch;
    private @Nullable ManagedChannel channel;
    private boolean stale;
    private boolean closed;

    CaClient(
            Settings settings,
            EventLoop control,
            SecureRandom random,
            Duration callLimit,
            Duration watchRest)
            throws IOException {
        this.settings = settings;
        this.control = control;
        this.random = random;
        this.callLimit = callLimit;
        this.watch =
                settings.server().roots() instanceof RootCertificates.File file
                        ? watch(file.path(), control, watchRest)
                        : null;
    }

    /**
     * @param control the control thread, an epoll loop
     * @throws IOException when the directory of the root file cannot be watched
     * @throws IllegalArgumentException when no CA is configured
     */
    public static CaClient of(Config config, EventLoop control) throws IOException {
        Config.Server server = config.ca().server();
        ControlPlane authority = config.controlPlane(server);
        if (authority == null) {
            throw new IllegalArgumentException("no CA is configured");
        }
        Settings settings =
                new Settings(
                        authority,
                        config.requestHeaders(server),
                        config.ca().secretTtl(),
                        config.impersonates());
        return new CaClient(settings, control, new SecureRandom(), CALL_LIMIT, WATCH_REST);
    }

    /** Without its directory there is nothing to watch yet; every failed try looks again. */
    private @Nullable DirectoryWatch watch(
            Path file, ScheduledExecutorService scheduler, Duration rest) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            log.atWarn()
                    .addKeyValue("file", file)
                    .log("the directory of the CA's root certificates does not exist");
            return null;
        }
        return DirectoryWatch.start(
                directory, scheduler, rest, this::rootsChanged, this::rootsChanged);
    }

    /** The next request opens a new channel. */
    void rootsChanged() {
        stale = true;
    }

    @Override
    public CompletionStage<WorkloadCertificate> request(Identity identity) {
        try {
            if (closed) {
                throw IdentityException.forgotten();
            }
            Metadata headers = settings.headers().read();
            ManagedChannel open = freshChannel();
            CertificateSigningRequests.SigningRequest csr =
                    CertificateSigningRequests.create(identity, random);
            Answer answer = new Answer(identity, csr, open);
            IstioCertificateServiceGrpc.newStub(open)
                    .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                    .withDeadlineAfter(callLimit.toMillis(), TimeUnit.MILLISECONDS)
                    .createCertificate(message(identity, csr.pem()), answer);
            return answer.certificate;
        } catch (IdentityException e) {
            return CompletableFuture.failedStage(e);
        } catch (IOException e) {
            return CompletableFuture.failedStage(
                    new IdentityException(
                            IdentityException.Code.CREDENTIALS, "CA client: " + describe(e), e));
        }
    }

    private IstioCertificateRequest message(Identity identity, String csr) {
        IstioCertificateRequest.Builder message =
                IstioCertificateRequest.newBuilder()
                        .setCsr(csr)
                        .setValidityDuration(settings.ttl().toSeconds());
        if (settings.impersonate()) {
            Value uri = Value.newBuilder().setStringValue(identity.toString()).build();
            message.setMetadata(Struct.newBuilder().putFields("ImpersonatedIdentity", uri));
        }
        return message.build();
    }

    private ManagedChannel freshChannel() throws IOException {
        ManagedChannel current = channel;
        if (current != null && !stale) {
            return current;
        }
        try {
            ManagedChannel opened = settings.server().open(MAX_MESSAGE_BYTES, control);
            channel = opened;
            stale = false;
            if (current != null) {
                current.shutdown(); // calls under way end in peace
            }
            return opened;
        } catch (IOException e) {
            if (current == null) {
                throw e;
            }
            log.atWarn()
                    .addKeyValue("error", describe(e))
                    .log("the CA's root certificates cannot be read, the old ones stay in use");
            return current;
        }
    }

    private static String describe(IOException e) {
        return e.getClass().equals(IOException.class)
                ? String.valueOf(e.getMessage())
                : e.toString();
    }

    /** Completes on the control thread, which runs the channel's callbacks. */
    private final class Answer implements StreamObserver<IstioCertificateResponse> {
        private final CompletableFuture<WorkloadCertificate> certificate =
                new CompletableFuture<>();
        private final Identity identity;
        private final CertificateSigningRequests.SigningRequest csr;
        private final ManagedChannel askedOn;

        Answer(
                Identity identity,
                CertificateSigningRequests.SigningRequest csr,
                ManagedChannel askedOn) {
            this.identity = identity;
            this.csr = csr;
            this.askedOn = askedOn;
        }

        @Override
        public void onNext(IstioCertificateResponse response) {
            try {
                certificate.complete(
                        CertificateChains.parse(
                                identity,
                                csr.key(),
                                response.getCertChainList(),
                                settings.impersonate()));
            } catch (IdentityException e) {
                certificate.completeExceptionally(e);
            }
        }

        @Override
        public void onError(Throwable error) {
            Status status = Status.fromThrowable(error);
            if (status.getCode() == Status.Code.UNAVAILABLE && askedOn.equals(channel)) {
                stale = true;
            }
            String description = status.getDescription();
            Throwable cause = status.getCause();
            String message =
                    (description == null ? "" : description)
                            + (cause == null ? "" : ": " + cause.getMessage());
            certificate.completeExceptionally(
                    new IdentityException(
                            IdentityException.Code.CA,
                            "signing gRPC error (" + status.getCode() + "): " + message,
                            error));
        }

        @Override
        public void onCompleted() {
            // A unary call always has its message before; else gRPC reports an error.
        }
    }

    @Override
    public void close() {
        closed = true;
        if (watch != null) {
            watch.close();
        }
        if (channel != null) {
            channel.shutdownNow();
        }
    }
}
