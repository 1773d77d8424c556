package io.ztunnel.xds;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
        packages = {
            "io.ztunnel.store",
            "io.ztunnel.xds",
            "io.ztunnel.policy",
            "io.ztunnel.lb",
            "io.ztunnel.routing"
        },
        importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule OnlyTheXdsClientKnowsSocketsAndTheWire =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("io.ztunnel.xds..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "io.netty..",
                            "io.grpc..",
                            "com.google.protobuf..",
                            "io.ztunnel.api..",
                            "io.ztunnel.xds..",
                            "java.net.http..");

    @ArchTest
    static final ArchRule NothingHereKnowsTheOtherModules =
            noClasses()
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "io.ztunnel.hbone..",
                            "io.ztunnel.redirection..",
                            "io.ztunnel.linux..",
                            "io.ztunnel.daemon..");
}
