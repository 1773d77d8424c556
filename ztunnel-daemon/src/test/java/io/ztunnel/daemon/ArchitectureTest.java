package io.ztunnel.daemon;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;

/** The arrows between the packages of the program, and between it and the modules it is made of. */
class ArchitectureTest {
    private static final String ROOT = "io.ztunnel.daemon";
    private static final JavaClasses PROJECT =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("io.ztunnel");

    private static String in(String name) {
        return ROOT + "." + name + "..";
    }

    @Test
    void proxiesDoNotKnowTheirAdministration() {
        noClasses()
                .that()
                .resideInAPackage(in("proxy"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(in("admin"), in("cli"))
                .check(PROJECT);
    }

    @Test
    void servicesDoNotKnowTheProxies() {
        noClasses()
                .that()
                .resideInAnyPackage(in("config"), in("dns"), in("identity"), in("telemetry"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(in("proxy"), in("admin"), in("cli"))
                .check(PROJECT);
    }

    @Test
    void commandLineTalksToARunningProxyFromOutside() {
        noClasses()
                .that()
                .resideInAPackage(in("cli"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(in("proxy"), in("admin"), in("identity"), in("telemetry"))
                .check(PROJECT);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(PROJECT);
    }

    @Test
    void nobodyDependsOnTheRootOfTheProgram() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        in("proxy"),
                        in("admin"),
                        in("config"),
                        in("dns"),
                        in("identity"),
                        in("telemetry"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT)
                .check(PROJECT);
    }

    @Test
    void tunnelsKnowNoWorkload() {
        classes()
                .that()
                .resideInAPackage("io.ztunnel.hbone..")
                .should()
                .onlyDependOnClassesThat()
                .resideOutsideOfPackages(
                        "io.ztunnel.store..",
                        "io.ztunnel.routing..",
                        "io.ztunnel.policy..",
                        "io.ztunnel.xds..",
                        "io.ztunnel.redirection..",
                        "io.ztunnel.daemon..")
                .check(PROJECT);
    }

    @Test
    void storeKnowsNoSocket() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.ztunnel.store..", "io.ztunnel.routing..", "io.ztunnel.policy..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.netty..", "io.ztunnel.hbone..", "io.ztunnel.redirection..")
                .check(PROJECT);
    }
}
