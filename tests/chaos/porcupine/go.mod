module mockfleet/tests/chaos/porcupine

go 1.21
