const strip = () => {};
