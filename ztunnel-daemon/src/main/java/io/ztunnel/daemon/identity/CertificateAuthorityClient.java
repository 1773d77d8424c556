package io.ztunnel.daemon.identity;

import io.ztunnel.store.Identity;

import java.util.concurrent.CompletionStage;

/** Gets one certificate. Never retries; the {@link CertificateManager} does. */
public interface CertificateAuthorityClient extends AutoCloseable {
    /**
     * Makes a new key and has it certified. Called on the control thread; the stage may be
     * completed on any thread.
     *
     * @return fails with a {@link IdentityException}, never waits for ever
     */
    CompletionStage<WorkloadCertificate> request(Identity identity);

    @Override
    void close();
}
