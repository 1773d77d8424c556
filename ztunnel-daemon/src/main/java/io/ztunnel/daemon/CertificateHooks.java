package io.ztunnel.daemon;

import io.ztunnel.daemon.identity.CertificateManager;
import io.ztunnel.store.Identity;
import io.ztunnel.store.MeshListener;

/** Fetches certificates before the first connection needs them, and forgets those nobody needs. */
record CertificateHooks(CertificateManager certificates) implements MeshListener {
    @Override
    public void localIdentityNeeded(Identity identity) {
        certificates.prefetch(identity);
    }

    @Override
    public void localIdentityGone(Identity identity) {
        certificates.forget(identity);
    }
}
