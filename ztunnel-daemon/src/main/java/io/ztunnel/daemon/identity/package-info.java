/**
 * Workload certificates: keys and requests, the CA client, and the manager that fetches, renews and
 * forgets them.
 *
 * <p>Decisions are made on the control thread. {@link
 * io.ztunnel.daemon.identity.CertificateManager#available} and the other methods of the manager may
 * be called from any thread. Private keys never leave this package but inside a {@link
 * io.ztunnel.hbone.TlsIdentity}, and never appear in texts.
 */
@NullMarked
package io.ztunnel.daemon.identity;

import org.jspecify.annotations.NullMarked;
