package io.ztunnel.daemon.identity;

import io.ztunnel.hbone.TlsIdentity;
import io.ztunnel.store.Identity;

import java.security.PrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A CA that answers when the test says so. */
final class ScriptedCa implements CertificateAuthorityClient {
    /** One request under way. */
    record Call(Identity identity, CompletableFuture<WorkloadCertificate> answer) {
        void issue(Instant notBefore, Duration lifetime) {
            answer.complete(certificate(identity, notBefore, notBefore.plus(lifetime)));
        }

        void refuse(String reason) {
            answer.completeExceptionally(
                    new IdentityException(IdentityException.Code.CA, reason, null));
        }
    }

    /** Stands for a key where none is used. */
    private static final class NoKey implements PrivateKey {
        private static final long serialVersionUID = 1L;

        @Override
        public String getAlgorithm() {
            return "none";
        }

        @Override
        public String getFormat() {
            return "none";
        }

        @Override
        public byte[] getEncoded() {
            return new byte[0];
        }
    }

    final List<Call> calls = new ArrayList<>();
    boolean closed;

    static WorkloadCertificate certificate(Identity identity, Instant notBefore, Instant notAfter) {
        return new WorkloadCertificate(
                identity,
                new TlsIdentity(identity.toString(), new NoKey(), List.of(), List.of()),
                List.of(),
                List.of(),
                notBefore,
                notAfter);
    }

    Call last() {
        return calls.getLast();
    }

    long underWay() {
        return calls.stream().filter(call -> !call.answer().isDone()).count();
    }

    @Override
    public CompletionStage<WorkloadCertificate> request(Identity identity) {
        Call call = new Call(identity, new CompletableFuture<>());
        calls.add(call);
        return call.answer();
    }

    @Override
    public void close() {
        closed = true;
    }
}
