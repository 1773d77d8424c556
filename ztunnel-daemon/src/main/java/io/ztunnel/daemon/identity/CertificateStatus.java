package io.ztunnel.daemon.identity;

import io.ztunnel.store.Identity;

import java.util.List;

/**
 * One identity in the dump.
 *
 * @param state {@code Initializing}, {@code Available} or {@code Unavailable: <reason>}
 * @param chain empty unless available
 * @param roots empty unless available
 */
public record CertificateStatus(
        Identity identity,
        String state,
        List<CertificateDetails> chain,
        List<CertificateDetails> roots) {}
